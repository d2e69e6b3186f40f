#include "model/chat_template.h"
#include "model/gguf_config.h"
#include "model/gguf_tokenizer.h"
#include "model/gguf_weights.h"
#include "model/tokenizer.h"
#include "model/weight_files.h"
#include "tests/fuzz/input.h"

using namespace hone;

namespace {

/// Decodes all weights that are not larger than the file would allow anyway.
void read_weights(const std::filesystem::path& path, const model::ModelConfig& config) {
  const model::WeightFiles weights = model::open_weights(path, config);
  for (const auto& [name, source] : weights.tensors) {
    if (source.gguf == nullptr) continue;
    std::size_t count = 1;
    for (const auto size : source.shape()) count *= static_cast<std::size_t>(size);
    std::vector<float> numbers(count);
    model::read_gguf_weight(*source.gguf, numbers);
  }
}

}  // namespace

// A GGUF file is refused, or its config, weights, tokenizer and chat template are read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tests::TempFolder folder;
  const auto path = folder.path() / "model.gguf";
  tests::put(path, data, size);
  tests::read([&] { read_weights(path, model::read_config(path)); });
  tests::read([&] { model::load_tokenizer(path)->encode("a text, 12 <s>", true); });
  tests::read([&] { model::read_chat_source(path); });
  return 0;
}
