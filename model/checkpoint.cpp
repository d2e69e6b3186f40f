#include "model/checkpoint.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "model/adapter_files.h"
#include "model/adapters.h"
#include "model/error.h"
#include "model/file_io.h"
#include "model/weight_files.h"
#include "model/weight_shapes.h"

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

/// Embedding and head as released checkpoints repeat them beside a layer for multi-token
/// prediction.
std::vector<std::pair<std::string, at::Tensor>> copies_of(const Decoder& decoder) {
  if (!decoder.prediction) return {};
  const std::string prefix = layer_prefix(decoder.layers.size());
  return {{prefix + "embed_tokens.weight", decoder.embed_tokens},
          {prefix + "shared_head.head.weight", decoder.lm_head}};
}

bool lies_as_floats(const TensorView& view) {
  return view.dtype == DType::kF32 &&
         reinterpret_cast<std::uintptr_t>(view.bytes.data()) % alignof(float) == 0;
}

/// Calls f(first, values) for the tensor's numbers as fp32, a chunk at a time, and gives each
/// chunk's pages back, so that the file takes no memory beside what f makes of it. The file's bytes
/// may stand at any address, so they are copied before use.
template <class F>
void for_weight_chunks(const TensorView& view, F f) {
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

/// A number of the format E4M3 (FN): a sign, four bits of exponent, three of mantissa; no infinity.
/// Source: Micikevicius et al. 2022 (2209.05433), table 1.
float from_e4m3(std::uint8_t bits) {
  const int exponent = bits >> 3 & 15;
  const int mantissa = bits & 7;
  if (exponent == 15 && mantissa == 7) return std::numeric_limits<float>::quiet_NaN();
  const float size = exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -9)
                                   : std::ldexp(static_cast<float>(8 + mantissa), exponent - 10);
  return (bits & 128) != 0 ? -size : size;
}

/// A weight of F8_E4M3 times the scales of its blocks.
void read_scaled(const TensorView& from, const TensorView& scales, const at::Tensor& to) {
  std::array<float, 256> values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = from_e4m3(static_cast<std::uint8_t>(i));
  }
  const at::Tensor factors = at::empty(scales.shape, at::kFloat);
  read_tensor(scales, factors);
  const std::int64_t width = from.shape[1];
  for (std::int64_t row = 0; row < from.shape[0]; ++row) {
    const auto bytes = from.bytes.subspan(row * width, width);
    const float* const factor =
        factors.const_data_ptr<float>() + row / kScaleBlock * scales.shape[1];
    float* const out = to.mutable_data_ptr<float>() + row * width;
    for (std::int64_t i = 0; i < width; ++i) {
      out[i] = values[static_cast<std::size_t>(bytes[i])] * factor[i / kScaleBlock];
    }
    release_pages(bytes);
  }
}

struct Reading {
  const WeightFiles::Source* from;
  at::Tensor to;
};

/// Most of the time goes to taking fresh memory, which threads do side by side.
void read_tensors(const std::vector<Reading>& readings) {
  const auto count = static_cast<std::int64_t>(readings.size());
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto& [from, to] = readings[i];
      if (from->gguf != nullptr) {
        read_gguf_weight(*from->gguf,
                         {to.mutable_data_ptr<float>(), static_cast<std::size_t>(to.numel())});
      } else if (from->scales != nullptr) {
        read_scaled(*from->view, *from->scales, to);
      } else {
        read_tensor(*from->view, to);
      }
    }
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

/// A weight that is there once may be stored a second time, but then as the same numbers.
void check_copy(const WeightFiles& weights, const std::string& name, const at::Tensor& original,
                const std::string& expected) {
  const auto copy = weights.tensors.find(name);
  if (copy == weights.tensors.end()) return;
  const TensorView& view = *copy->second.view;
  const auto fail = [&] { throw DataError(weights.place(name), expected, "others"); };
  if (view.shape != original.sizes().vec()) fail();
  const at::Tensor flat = original.view({-1});
  for_weight_chunks(view, [&](std::int64_t first, const at::Tensor& values) {
    if (!at::equal(values.to(at::kFloat), flat.narrow(0, first, values.numel()))) fail();
  });
}

void check_copies(const WeightFiles& weights, const Decoder& decoder) {
  if (decoder.config.tie_word_embeddings) {
    check_copy(weights, "lm_head.weight", decoder.embed_tokens,
               "the numbers of model.embed_tokens.weight, as tie_word_embeddings is true");
  }
  for (const auto& [name, original] : copies_of(decoder)) {
    check_copy(weights, name, original, "the numbers of the model's own embedding and head");
  }
}

/// The config without what the files leave out.
ModelConfig config_of(ModelConfig config, const WeightFiles& weights) {
  if (!weights.predicts) config.num_nextn_predict_layers = 0;
  return config;
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
  for_weight_chunks(from, [&](std::int64_t first, const at::Tensor& values) {
    flat.narrow(0, first, values.numel()).copy_(values);
  });
}

void write_tensors(const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                   const fs::path& file, DType dtype) {
  std::vector<at::Tensor> kept;  // owns what the entries point to
  std::vector<TensorEntry> entries;
  for (const auto& [name, tensor] : tensors) {
    // Steps of 0.001 would be lost in BF16.
    const DType own = name.ends_with("e_score_correction_bias") ? DType::kF32 : dtype;
    kept.push_back(tensor.detach().to(at::kCPU, scalar_type(own)).contiguous());
    const auto& values = kept.back();
    const auto* data = static_cast<const std::byte*>(values.data_ptr());
    entries.push_back({name, own, values.sizes().vec(), {data, values.nbytes()}});
  }
  write_safetensors(file, entries);
}

Decoder load_decoder(const fs::path& model) {
  if (is_adapter(model)) return load_adapted(model);
  const ModelConfig config = read_config(model);
  const WeightFiles weights = open_weights(model, config);
  Decoder decoder = empty_decoder(config_of(config, weights));
  std::vector<Reading> readings;
  for (const auto& [name, tensor] : decoder.named_parameters()) {
    readings.push_back({&weights.tensors.at(name), tensor});
  }
  read_tensors(readings);
  check_copies(weights, decoder);
  return decoder;
}

Decoder map_decoder(const fs::path& model) {
  if (is_adapter(model)) return load_adapted(model);
  const ModelConfig config = read_config(model);
  const auto weights = std::make_shared<const WeightFiles>(open_weights(model, config));
  // Memory that is not touched is not taken.
  Decoder decoder = empty_decoder(config_of(config, *weights));
  std::vector<Reading> readings;
  for (auto& [name, tensor] : decoder.named_parameters()) {
    const WeightFiles::Source& source = weights->tensors.at(name);
    if (source.view != nullptr && lies_as_floats(*source.view)) {
      tensor.set_data(mapped_tensor(weights, *source.view));
    } else {
      readings.push_back({&source, tensor});
    }
  }
  read_tensors(readings);
  check_copies(*weights, decoder);
  return decoder;
}

void save_decoder(const Decoder& decoder, const fs::path& folder, DType dtype) {
  if (decoder.lora) return save_adapters(decoder, folder);
  TORCH_CHECK(dtype == DType::kF32 || dtype == DType::kBF16, "weights are saved as F32 or BF16");
  write_config(decoder.config, folder);
  if (dtype != DType::kF32) name_dtype(folder / "config.json", "bfloat16");
  auto tensors = decoder.named_parameters();
  for (auto& copy : copies_of(decoder)) tensors.push_back(std::move(copy));
  write_tensors(tensors, folder / "model.safetensors", dtype);
}

}  // namespace hone::model
