#include "model/gguf_weights.h"

#include <optional>
#include <set>

#include "model/error.h"
#include "model/ggml_dequantize.h"
#include "model/gguf_config.h"
#include "model/weight_files.h"
#include "model/weight_shapes.h"

namespace hone::model {
namespace {

/// Tensors that are no weights: gguf_rope() has looked at them, or they repeat the metadata.
bool is_no_weight(const std::string& name) {
  return name == "rope_freqs.weight" || name.ends_with(".attn_rot_embd.weight");
}

/// Bytes of the file that are given back at once.
constexpr std::size_t kReleased = 1 << 20;

constexpr std::string_view kExperts = ".mlp.experts.";

/// Expert 7 of "model.layers.0.mlp.experts.7.up_proj.weight"; -1 if it is no expert's.
std::int64_t expert_of(const std::string& weight) {
  const auto at = weight.find(kExperts);
  return at == std::string::npos ? -1 : std::stoll(weight.substr(at + kExperts.size()));
}

/// One of so many.
GgufTensorView slice(const GgufTensorView& stack, std::int64_t index, std::int64_t count,
                     const std::string& place) {
  if (stack.shape.size() != 3 || stack.shape[0] != count) {
    throw DataError(place, "the matrices of " + std::to_string(count) + " experts",
                    "a tensor of another shape");
  }
  const std::size_t size = stack.bytes.size() / static_cast<std::size_t>(count);
  return {stack.type,
          {stack.shape[1], stack.shape[2]},
          stack.bytes.subspan(static_cast<std::size_t>(index) * size, size)};
}

/// The safetensors type of the same bytes, where there is one.
std::optional<DType> plain_type(GgmlType type) {
  if (type == GgmlType::kF32) return DType::kF32;
  if (type == GgmlType::kF16) return DType::kF16;
  if (type == GgmlType::kBF16) return DType::kBF16;
  return std::nullopt;
}

/// Adds a tensor, as plain numbers where it can be read, or mapped, as it stands.
void add_weight(WeightFiles& weights, const std::string& name, GgufWeight weight) {
  WeightFiles::Source source{weights.gguf->path(), nullptr};
  const auto plain = plain_type(weight.type);
  if (plain && weight.rotated_head == 0 && !weight.plus_one) {
    weights.views.push_back({*plain, std::move(weight.shape), weight.bytes});
    source.view = &weights.views.back();
  } else {
    weights.encoded.push_back(std::move(weight));
    source.gguf = &weights.encoded.back();
  }
  weights.tensors.emplace(name, source);
}

}  // namespace

void read_gguf_weight(const GgufWeight& from, std::span<float> to) {
  const auto width = static_cast<std::size_t>(from.shape.back());
  const std::size_t bytes = row_bytes(from.type, from.shape.back());
  const bool matrix = from.shape.size() > 1;
  std::size_t released = 0;
  for (std::size_t row = 0; row < to.size() / width; ++row) {
    const auto index = static_cast<std::int64_t>(row);
    const auto target =
        matrix && from.rotated_head > 0 ? source_row(index, from.rotated_head) : index;
    decode_row(from.type, from.bytes.subspan(row * bytes, bytes),
               to.subspan(static_cast<std::size_t>(target) * width, width));
    const std::size_t end = (row + 1) * bytes;
    if (end - released < kReleased && end < from.bytes.size()) continue;
    release_pages(from.bytes.subspan(released, end - released));
    released = end;
  }
  if (!matrix && from.rotated_head > 0) {
    // The numbers of a bias go the way of its matrix's rows.
    const std::vector<float> stored(to.begin(), to.end());
    for (std::size_t i = 0; i < stored.size(); ++i) {
      to[source_row(static_cast<std::int64_t>(i), from.rotated_head)] = stored[i];
    }
  }
  if (!from.plus_one) return;
  for (float& value : to) value -= 1;
}

WeightFiles gguf_weights(std::shared_ptr<const GgufFile> opened, const ModelConfig& config) {
  WeightFiles weights;
  weights.gguf = std::move(opened);
  const GgufFile& file = *weights.gguf;
  const GgufArchitecture& architecture = architecture_of(file);
  const bool gemma = config.norm_plus_one;
  std::set<std::string> used;
  for (const auto& [name, shape] : weight_shapes(config)) {
    const std::string theirs = gguf_name(name, gemma);
    const auto found = file.tensors().find(theirs);
    if (found == file.tensors().end()) continue;  // open_weights() names it
    used.insert(theirs);
    const std::int64_t expert = expert_of(name);
    const GgufTensorView view =
        expert < 0
            ? found->second
            : slice(found->second, expert, config.moe.n_routed_experts, file.tensor_place(theirs));
    const bool rotated = architecture.rotates_neighbours && is_rotated(name);
    add_weight(weights, name,
               {view.type, view.shape, view.bytes, rotated ? config.head_dim : 0,
                gemma && name.ends_with("norm.weight")});
  }
  for (const auto& [name, view] : file.tensors()) {
    if (used.contains(name) || is_no_weight(name)) continue;
    throw DataError(file.tensor_place(name),
                    "is not part of a " + config.model_type + " model with these settings");
  }
  return weights;
}

}  // namespace hone::model
