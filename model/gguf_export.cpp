#include "model/gguf_export.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "model/adapter_files.h"
#include "model/checkpoint.h"
#include "model/error.h"
#include "model/gguf.h"
#include "model/gguf_vocabulary.h"
#include "model/json_fields.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;

// Families whose arithmetic llama.cpp has under the same name.
constexpr std::array<std::string_view, 3> kFamilies = {"llama", "qwen2", "qwen3"};

/// config.json itself is looked at: what a model of ours may learn to do, a GGUF file does not say
/// by that alone.
void check_exportable(const fs::path& folder) {
  if (is_adapter(folder)) {
    throw DataError(folder.string(), "whole weights",
                    "an adapter; `hone export` it to a folder first, which merges it");
  }
  const Fields fields = Fields::read(folder / "config.json");
  const std::string type = fields.text("model_type");
  if (std::find(kFamilies.begin(), kFamilies.end(), type) == kFamilies.end()) {
    throw DataError(fields.place("model_type"), "llama, qwen2 or qwen3, to be exported as GGUF",
                    "\"" + type + "\"");
  }
  for (const char* key : {"rope_parameters", "rope_scaling"}) {
    if (!fields.has(key)) continue;
    const Fields rope = fields.object(key);
    for (const auto& [name, value] : rope.json().items()) {
      const bool plain = name == "rope_theta" ||
                         ((name == "rope_type" || name == "type") && value == "default") ||
                         (name == "partial_rotary_factor" && value == 1);
      if (!plain) throw DataError(rope.place(name), "RoPE without scaling, for GGUF", value.dump());
    }
  }
  if (fields.flag("use_sliding_window", false)) {
    throw DataError(fields.place("use_sliding_window"), "false, for GGUF", "true");
  }
  if (type == "qwen3" && fields.flag("attention_bias", false)) {
    throw DataError(fields.place("attention_bias"), "false, as llama.cpp's qwen3 has no biases",
                    "true");
  }
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

GgufMetadata model_metadata(const ModelConfig& config, const std::string& name, GgmlType type) {
  const std::string& family = config.model_type;
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
  out.emplace_back(family + ".attention.layer_norm_rms_epsilon",
                   static_cast<float>(config.rms_norm_eps));
  add("attention.key_length", config.head_dim);
  add("attention.value_length", config.head_dim);
  add("vocab_size", config.vocab_size);
  add("rope.dimension_count", config.head_dim);
  out.emplace_back("general.file_type", file_type(type));
  out.emplace_back("general.quantization_version", std::uint32_t{2});
  return out;
}

/// llama.cpp's name of a weight.
std::string gguf_name(const std::string& name) {
  constexpr std::string_view kLayers = "model.layers.";
  static constexpr std::array<std::array<std::string_view, 2>, 11> kInLayer = {{
      {"input_layernorm", "attn_norm"},
      {"self_attn.q_proj", "attn_q"},
      {"self_attn.k_proj", "attn_k"},
      {"self_attn.v_proj", "attn_v"},
      {"self_attn.o_proj", "attn_output"},
      {"self_attn.q_norm", "attn_q_norm"},
      {"self_attn.k_norm", "attn_k_norm"},
      {"post_attention_layernorm", "ffn_norm"},
      {"mlp.gate_proj", "ffn_gate"},
      {"mlp.up_proj", "ffn_up"},
      {"mlp.down_proj", "ffn_down"},
  }};
  if (name == "model.embed_tokens.weight") return "token_embd.weight";
  if (name == "model.norm.weight") return "output_norm.weight";
  if (name == "lm_head.weight") return "output.weight";
  if (name.starts_with(kLayers)) {
    const auto dot = name.find('.', kLayers.size());
    const auto last = name.rfind('.');
    const std::string_view module = std::string_view(name).substr(dot + 1, last - dot - 1);
    for (const auto& [ours, theirs] : kInLayer) {
      if (module == ours) {
        return "blk." + name.substr(kLayers.size(), dot - kLayers.size()) + "." +
               std::string(theirs) + name.substr(last);
      }
    }
  }
  throw DataError("tensor \"" + name + "\"", "has no name in llama.cpp");
}

/// llama.cpp rotates neighbours where Hugging Face rotates the halves of a head: row 2i + j of a
/// head is row j * H/2 + i there. Only its Llama; Qwen has halves in both.
std::int64_t source_row(std::int64_t row, std::int64_t head_dim) {
  const std::int64_t in_head = row % head_dim;
  return row - in_head + in_head % 2 * (head_dim / 2) + in_head / 2;
}

GgufTensor gguf_tensor(const ModelConfig& config, const std::string& name, const at::Tensor& weight,
                       GgmlType type) {
  const bool rotated =
      config.model_type == "llama" &&
      (name.find(".q_proj.") != std::string::npos || name.find(".k_proj.") != std::string::npos);
  const float* data = weight.const_data_ptr<float>();
  const auto width = weight.size(-1);
  GgufTensor tensor{gguf_name(name), weight.sizes().vec(), type, {}};
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

}  // namespace

void export_gguf(const fs::path& folder, const fs::path& output, GgmlType type) {
  check_exportable(folder);
  const Decoder decoder = map_decoder(folder);
  const std::string name = fs::canonical(folder).filename().string();
  GgufMetadata metadata = model_metadata(decoder.config, name, type);
  for (auto& entry : gguf_vocabulary(folder, decoder.config)) metadata.push_back(std::move(entry));
  std::vector<GgufTensor> tensors;
  for (const auto& [weight_name, weight] : decoder.named_parameters()) {
    tensors.push_back(gguf_tensor(decoder.config, weight_name, weight, type));
  }
  write_gguf(output, metadata, tensors);
}

}  // namespace hone::model
