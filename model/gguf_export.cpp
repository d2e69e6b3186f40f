#include "model/gguf_export.h"

#include <algorithm>
#include <limits>

#include "model/adapter_files.h"
#include "model/checkpoint.h"
#include "model/error.h"
#include "model/gguf.h"
#include "model/gguf_names.h"
#include "model/gguf_vocabulary.h"
#include "model/model_files.h"
#include "model/rope.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;

/// Refuses what a GGUF file does not say, or what llama.cpp computes otherwise.
void check_exportable(const ModelConfig& config, const std::string& place) {
  const auto require = [&](bool holds, const char* field, const char* expected,
                           const std::string& got) {
    if (!holds) throw DataError(place + ": " + field, std::string(expected) + ", for GGUF", got);
  };
  const std::string& rope = config.rope.rope_type;
  require(rope == "default" || rope == "linear" || rope == "llama3", "rope_type",
          "default, linear or llama3", "\"" + rope + "\"");
  require(config.sliding_window == 0, "sliding_window", "none",
          std::to_string(config.sliding_window));
  require(config.model_type == "llama" || config.model_type == "qwen2" || !config.qkv_bias,
          "attention_bias", "false, as llama.cpp has no such biases", "true");
  if (config.moe.n_routed_experts == 0) return;
  require(config.moe.norm_topk_prob, "norm_topk_prob", "true, as llama.cpp has it", "false");
  const auto& layers = config.moe.layers;
  require(std::find(layers.begin(), layers.end(), false) == layers.end(), "mlp_only_layers",
          "experts in every layer", "some without");
}

/// The number of llama.cpp's file type, which only names it.
std::uint32_t file_type(GgmlType type) {
  switch (type) {
    case GgmlType::kF16:
      return 1;
    case GgmlType::kQ8_0:
      return 7;
    case GgmlType::kBF16:
      return 32;
    default:
      return 0;
  }
}

GgufMetadata model_metadata(const ModelConfig& config, const std::string& family,
                            const std::string& name, GgmlType type) {
  GgufMetadata out = {{"general.architecture", family},
                      {"general.type", std::string("model")},
                      {"general.name", name}};
  const auto add = [&](const char* key, std::int64_t value) {
    constexpr std::int64_t kMax = std::numeric_limits<std::uint32_t>::max();
    out.emplace_back(family + "." + key, static_cast<std::uint32_t>(std::min(value, kMax)));
  };
  add("block_count", config.num_hidden_layers);
  add("context_length", config.max_position_embeddings);
  add("embedding_length", config.hidden_size);
  add("feed_forward_length", config.intermediate_size);
  add("attention.head_count", config.num_attention_heads);
  add("attention.head_count_kv", config.num_key_value_heads);
  out.emplace_back(family + ".rope.freq_base", static_cast<float>(config.rope.rope_theta));
  if (config.rope.rope_type == "linear") {
    out.emplace_back(family + ".rope.scaling.type", std::string("linear"));
    out.emplace_back(family + ".rope.scaling.factor", static_cast<float>(config.rope.factor));
  }
  out.emplace_back(family + ".attention.layer_norm_rms_epsilon",
                   static_cast<float>(config.rms_norm_eps));
  add("attention.key_length", config.head_dim);
  add("attention.value_length", config.head_dim);
  add("vocab_size", config.vocab_size);
  add("rope.dimension_count", config.head_dim);
  if (config.moe.n_routed_experts > 0) {
    add("expert_count", config.moe.n_routed_experts);
    add("expert_used_count", config.moe.num_experts_per_tok);
    add("expert_feed_forward_length", config.moe.moe_intermediate_size);
  }
  out.emplace_back("general.file_type", file_type(type));
  out.emplace_back("general.quantization_version", std::uint32_t{2});
  return out;
}

GgufTensor gguf_tensor(const ModelConfig& config, const std::string& name, const at::Tensor& weight,
                       bool neighbours, GgmlType type) {
  const bool rotated = neighbours && is_rotated(name);
  const float* data = weight.const_data_ptr<float>();
  const auto width = weight.size(-1);
  GgufTensor tensor{gguf_name(name, false), weight.sizes().vec(), type, {}};
  if (weight.dim() == 1) {
    // The numbers of a bias go the way of its matrix's rows.
    std::vector<float> values(data, data + width);
    for (std::int64_t i = 0; rotated && i < width; ++i) {
      values[i] = data[source_row(i, config.head_dim)];
    }
    tensor.type = GgmlType::kF32;
    tensor.row = [values](std::int64_t) { return std::span<const float>(values); };
    return tensor;
  }
  if (width % block_size(type) != 0) tensor.type = GgmlType::kF16;
  tensor.row = [data, width, rotated, head_dim = config.head_dim](std::int64_t row) {
    const std::int64_t from = rotated ? source_row(row, head_dim) : row;
    return std::span<const float>(data + from * width, static_cast<std::size_t>(width));
  };
  return tensor;
}

/// The same projection of all experts of a layer, one below the other: [E, rows, columns].
GgufTensor stacked(const std::string& name, std::vector<at::Tensor> experts, GgmlType type) {
  const std::int64_t rows = experts[0].size(0);
  const std::int64_t width = experts[0].size(1);
  GgufTensor tensor{name, {static_cast<std::int64_t>(experts.size()), rows, width}, type, {}};
  if (width % block_size(type) != 0) tensor.type = GgmlType::kF16;
  tensor.row = [experts = std::move(experts), rows, width](std::int64_t row) {
    const at::Tensor& expert = experts[static_cast<std::size_t>(row / rows)];
    return std::span<const float>(expert.const_data_ptr<float>() + row % rows * width,
                                  static_cast<std::size_t>(width));
  };
  return tensor;
}

void add_experts(const Decoder& decoder, GgmlType type, std::vector<GgufTensor>& tensors) {
  for (std::size_t l = 0; l < decoder.layers.size(); ++l) {
    const std::string block = "blk." + std::to_string(l) + ".";
    const auto add = [&](const char* name, at::Tensor ExpertWeights::*weight) {
      std::vector<at::Tensor> all;
      for (const ExpertWeights& expert : decoder.layers[l].experts) all.push_back(expert.*weight);
      if (!all.empty()) tensors.push_back(stacked(block + name, std::move(all), type));
    };
    add("ffn_gate_exps.weight", &ExpertWeights::gate_proj);
    add("ffn_up_exps.weight", &ExpertWeights::up_proj);
    add("ffn_down_exps.weight", &ExpertWeights::down_proj);
  }
}

/// What Llama 3's RoPE divides each pair's frequency by, as llama.cpp wants it.
GgufTensor rope_factors(const ModelConfig& config) {
  RopeConfig plain;
  plain.rope_theta = config.rope.rope_theta;
  const auto frequencies = [&](const RopeConfig& rope) {
    return rope_frequencies(rope, config.head_dim, config.max_position_embeddings, 0);
  };
  std::vector<float> factors = frequencies(plain);
  const std::vector<float> own = frequencies(config.rope);
  for (std::size_t i = 0; i < factors.size(); ++i) factors[i] /= own[i];
  GgufTensor tensor{
      "rope_freqs.weight", {static_cast<std::int64_t>(factors.size())}, GgmlType::kF32, {}};
  tensor.row = [factors](std::int64_t) { return std::span<const float>(factors); };
  return tensor;
}

}  // namespace

void export_gguf(const fs::path& folder, const fs::path& output, GgmlType type) {
  if (is_gguf(folder)) {
    throw DataError(folder.string(), "a checkpoint folder",
                    "a GGUF file; `hone export` it to a folder first");
  }
  if (is_adapter(folder)) {
    throw DataError(folder.string(), "whole weights",
                    "an adapter; `hone export` it to a folder first, which merges it");
  }
  const ModelConfig config = read_config(folder);
  const std::string place = (folder / "config.json").string();
  const GgufArchitecture& architecture =
      exported_architecture(config.model_type, place + ": model_type");
  check_exportable(config, place);
  const Decoder decoder = map_decoder(folder);
  const std::string name = fs::canonical(folder).filename().string();
  GgufMetadata metadata = model_metadata(config, std::string(architecture.name), name, type);
  for (auto& entry : gguf_vocabulary(folder, config)) metadata.push_back(std::move(entry));
  std::vector<GgufTensor> tensors;
  if (config.rope.rope_type == "llama3") tensors.push_back(rope_factors(config));
  for (const auto& [weight_name, weight] : decoder.named_parameters()) {
    if (weight_name.find(".experts.") != std::string::npos) continue;
    tensors.push_back(
        gguf_tensor(config, weight_name, weight, architecture.rotates_neighbours, type));
  }
  add_experts(decoder, type, tensors);
  write_gguf(output, metadata, tensors);
}

}  // namespace hone::model
