#include "model/checkpoint.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>

#include <cstring>

#include "model/adapter_files.h"
#include "model/adapters.h"
#include "model/error.h"
#include "model/weight_files.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;

at::ScalarType scalar_type(DType dtype) {
  switch (dtype) {
    case DType::kF16:
      return at::kHalf;
    case DType::kBF16:
      return at::kBFloat16;
    default:
      return at::kFloat;  // open_weights() lets nothing else pass
  }
}

/// A tied head may be stored beside the embedding, but then as the same numbers.
void check_tied_head(const WeightFiles& weights, const at::Tensor& embedding) {
  const auto head = weights.tensors.find("lm_head.weight");
  if (head == weights.tensors.end()) return;
  if (!at::equal(read_tensor(*head->second.view), embedding)) {
    throw DataError(weights.place("lm_head.weight"),
                    "the numbers of model.embed_tokens.weight, as tie_word_embeddings is true",
                    "others");
  }
}

}  // namespace

at::Tensor read_tensor(const TensorView& view) {
  const auto tensor = at::empty(view.shape, scalar_type(view.dtype));
  if (!view.bytes.empty()) std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
  return tensor.to(at::kFloat);
}

void write_tensors(const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                   const fs::path& file) {
  std::vector<at::Tensor> kept;  // owns what the entries point to
  std::vector<TensorEntry> entries;
  for (const auto& [name, tensor] : tensors) {
    kept.push_back(tensor.detach().to(at::kCPU, at::kFloat).contiguous());
    const auto& values = kept.back();
    const auto* data = static_cast<const std::byte*>(values.data_ptr());
    entries.push_back({name, DType::kF32, values.sizes().vec(), {data, values.nbytes()}});
  }
  write_safetensors(file, entries);
}

Decoder load_decoder(const fs::path& folder) {
  if (is_adapter(folder)) return load_adapted(folder);
  const ModelConfig config = read_config(folder);
  const WeightFiles weights = open_weights(folder, config);
  Decoder decoder = empty_decoder(config);
  for (auto& [name, tensor] : decoder.named_parameters()) {
    tensor.copy_(read_tensor(*weights.tensors.at(name).view));
  }
  if (config.tie_word_embeddings) check_tied_head(weights, decoder.embed_tokens);
  return decoder;
}

void save_decoder(const Decoder& decoder, const fs::path& folder) {
  if (decoder.lora) return save_adapters(decoder, folder);
  write_config(decoder.config, folder);
  write_tensors(decoder.named_parameters(), folder / "model.safetensors");
}

}  // namespace hone::model
