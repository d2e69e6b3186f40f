#include "model/gguf_vocabulary.h"

#include "tests/fuzz/input.h"

using namespace hone;

// A tokenizer.json is refused, or becomes a text and a kind for every id of the model.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tests::TempFolder folder;
  tests::put(folder.path() / "tokenizer.json", data, size);
  tests::read([&] {
    model::ModelConfig config;
    config.vocab_size = 8;
    for (const auto& [key, value] : model::gguf_vocabulary_json(folder.path(), config)) {
      if (key == "tokenizer.ggml.tokens" && std::get<std::vector<std::string>>(value).size() != 8)
        __builtin_trap();
    }
  });
  return 0;
}
