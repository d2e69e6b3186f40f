#include "model/checkpoint.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "model/adapter_files.h"
#include "model/adapters.h"
#include "model/error.h"
#include "model/file_io.h"
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

/// Numbers that are widened at once, through a buffer that stays in the cache.
constexpr std::int64_t kChunk = 1 << 16;

bool lies_as_floats(const TensorView& view) {
  return view.dtype == DType::kF32 &&
         reinterpret_cast<std::uintptr_t>(view.bytes.data()) % alignof(float) == 0;
}

/// Calls f(first, values) for the tensor's numbers as fp32, a chunk at a time, and gives each
/// chunk's pages back, so that the file takes no memory beside what f makes of it. The file's bytes
/// may stand at any address, so they are copied before use.
template <class F>
void for_chunks(const TensorView& view, F f) {
  const std::size_t size = dtype_size(view.dtype);
  const auto count = static_cast<std::int64_t>(view.bytes.size() / size);
  const at::Tensor buffer = at::empty({std::min(count, kChunk)}, scalar_type(view.dtype));
  for (std::int64_t first = 0; first < count; first += kChunk) {
    const std::int64_t length = std::min(kChunk, count - first);
    const auto bytes = view.bytes.subspan(first * size, length * size);
    std::memcpy(buffer.data_ptr(), bytes.data(), bytes.size());
    f(first, buffer.narrow(0, 0, length));
    release_pages(bytes);
  }
}

struct Reading {
  const TensorView* from;
  at::Tensor to;
};

/// Most of the time goes to taking fresh memory, which threads do side by side.
void read_tensors(const std::vector<Reading>& readings) {
  const auto count = static_cast<std::int64_t>(readings.size());
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) read_tensor(*readings[i].from, readings[i].to);
  });
}

/// The tensor in the file itself, which stays mapped as long as the tensor lives. It is not to be
/// written to.
at::Tensor mapped_tensor(const std::shared_ptr<const WeightFiles>& weights,
                         const TensorView& view) {
  auto* data = const_cast<std::byte*>(view.bytes.data());
  return at::from_blob(
      data, view.shape, [weights](void*) {}, at::TensorOptions().dtype(at::kFloat));
}

/// A tied head may be stored beside the embedding, but then as the same numbers.
void check_tied_head(const WeightFiles& weights, const at::Tensor& embedding) {
  const auto head = weights.tensors.find("lm_head.weight");
  if (head == weights.tensors.end()) return;
  const at::Tensor flat = embedding.view({-1});
  for_chunks(*head->second.view, [&](std::int64_t first, const at::Tensor& values) {
    if (!at::equal(values.to(at::kFloat), flat.narrow(0, first, values.numel()))) {
      throw DataError(weights.place("lm_head.weight"),
                      "the numbers of model.embed_tokens.weight, as tie_word_embeddings is true",
                      "others");
    }
  });
}

/// write_config() writes what models are here, fp32.
void name_dtype(const fs::path& path, const char* dtype) {
  auto config = nlohmann::ordered_json::parse(read_file(path));
  for (const char* key : {"torch_dtype", "dtype"}) config[key] = dtype;
  write_file(path, config.dump(2) + "\n");
}

}  // namespace

void read_tensor(const TensorView& from, const at::Tensor& to) {
  const at::Tensor flat = to.view({-1});
  for_chunks(from, [&](std::int64_t first, const at::Tensor& values) {
    flat.narrow(0, first, values.numel()).copy_(values);
  });
}

void write_tensors(const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                   const fs::path& file, DType dtype) {
  std::vector<at::Tensor> kept;  // owns what the entries point to
  std::vector<TensorEntry> entries;
  for (const auto& [name, tensor] : tensors) {
    kept.push_back(tensor.detach().to(at::kCPU, scalar_type(dtype)).contiguous());
    const auto& values = kept.back();
    const auto* data = static_cast<const std::byte*>(values.data_ptr());
    entries.push_back({name, dtype, values.sizes().vec(), {data, values.nbytes()}});
  }
  write_safetensors(file, entries);
}

Decoder load_decoder(const fs::path& folder) {
  if (is_adapter(folder)) return load_adapted(folder);
  const ModelConfig config = read_config(folder);
  const WeightFiles weights = open_weights(folder, config);
  Decoder decoder = empty_decoder(config);
  std::vector<Reading> readings;
  for (const auto& [name, tensor] : decoder.named_parameters()) {
    readings.push_back({weights.tensors.at(name).view, tensor});
  }
  read_tensors(readings);
  if (config.tie_word_embeddings) check_tied_head(weights, decoder.embed_tokens);
  return decoder;
}

Decoder map_decoder(const fs::path& folder) {
  if (is_adapter(folder)) return load_adapted(folder);
  const ModelConfig config = read_config(folder);
  const auto weights = std::make_shared<const WeightFiles>(open_weights(folder, config));
  Decoder decoder = empty_decoder(config);  // memory that is not touched is not taken
  std::vector<Reading> readings;
  for (auto& [name, tensor] : decoder.named_parameters()) {
    const TensorView& view = *weights->tensors.at(name).view;
    if (lies_as_floats(view)) {
      tensor.set_data(mapped_tensor(weights, view));
    } else {
      readings.push_back({&view, tensor});
    }
  }
  read_tensors(readings);
  if (config.tie_word_embeddings) check_tied_head(*weights, decoder.embed_tokens);
  return decoder;
}

void save_decoder(const Decoder& decoder, const fs::path& folder, DType dtype) {
  if (decoder.lora) return save_adapters(decoder, folder);
  TORCH_CHECK(dtype == DType::kF32 || dtype == DType::kBF16, "weights are saved as F32 or BF16");
  write_config(decoder.config, folder);
  if (dtype != DType::kF32) name_dtype(folder / "config.json", "bfloat16");
  write_tensors(decoder.named_parameters(), folder / "model.safetensors", dtype);
}

}  // namespace hone::model
