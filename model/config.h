#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/rope.h"

namespace hone::model {

/// How a router chooses experts. Source: transformers' Qwen3MoeTopKRouter and DeepseekV3TopkRouter.
enum class Scoring {
  kSoftmax,  // by softmax of its logits
  kSigmoid,  // by their sigmoid plus a bias that only the choice looks at (DeepSeek-V3)
};

/// A mixture of experts: in some layers the feed-forward is many small ones, of which each token
/// passes through a few. Field names are those of DeepSeek-V3's config.json.
struct MoeConfig {
  std::int64_t n_routed_experts = 0;  // 0: no layer has any
  std::int64_t num_experts_per_tok = 0;
  std::int64_t moe_intermediate_size = 0;
  std::int64_t n_shared_experts = 0;  // so many as one, which every token passes through
  Scoring scoring = Scoring::kSoftmax;
  std::int64_t n_group = 1;          // experts are chosen from the best groups of neighbours
  std::int64_t topk_group = 1;       // how many those are
  bool norm_topk_prob = false;       // the chosen ones' weights are made to add up to 1
  double routed_scaling_factor = 1;  // and multiplied by this
  std::vector<bool> layers;          // which layers have experts

  bool operator==(const MoeConfig&) const = default;
};

/// Multi-head latent attention: keys and values of all heads are made of one small vector a token.
/// Field names are those of DeepSeek-V3's config.json; the part of a head that RoPE turns is
/// ModelConfig::head_dim. Source: DeepSeek-V2 (2405.04434), section 2.1.
struct MlaConfig {
  std::int64_t kv_lora_rank = 0;  // size of that vector; 0: plain attention
  std::int64_t q_lora_rank = 0;   // the same of queries; 0: they are made at once
  std::int64_t qk_nope_head_dim = 0;
  std::int64_t v_head_dim = 0;
  bool rope_interleave = true;  // RoPE turns neighbours instead of halves

  bool operator==(const MlaConfig&) const = default;
};

/// Shape and switches of a decoder: the families of families.h are settings of it. Field names are
/// those of Hugging Face's config.json, where it has them.
struct ModelConfig {
  std::string model_type = "qwen3";  // a family's name
  std::int64_t vocab_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0;
  std::int64_t num_key_value_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t max_position_embeddings = 0;
  double rms_norm_eps = 1e-6;
  RopeConfig rope;                  // but for rope_local_base_freq, of all layers
  double rope_local_base_freq = 0;  // Gemma 3: base of layers with a window; 0: they use `rope`
  double initializer_range = 0.02;
  bool qkv_bias = false;  // Qwen2; attention_bias sets this and o_bias
  bool o_bias = false;
  bool mlp_bias = false;  // Llama's mlp_bias
  bool qk_norm = false;   // Qwen3 and Gemma 3: RMSNorm over each head of q and k, before RoPE
  bool tie_word_embeddings = false;
  std::int64_t sliding_window = 0;   // tokens a query sees in some layers, its own included; 0: all
  std::vector<bool> sliding_layers;  // which layers those are, where sliding_window is not 0
  bool gelu = false;                 // Gemma: tanh-approximated GELU instead of SiLU
  bool norm_plus_one = false;        // Gemma: RMSNorm multiplies by 1 + weight
  bool norm_after = false;           // Gemma: attention and feed-forward are normed after, too
  bool scaled_embeddings = false;    // Gemma: embeddings are multiplied by sqrt(hidden_size)
  std::int64_t query_pre_attn_scalar = 0;  // scores are divided by its root; 0: head_dim
  double attn_logit_softcapping = 0;       // Gemma 2: scores s become c tanh(s / c); 0: they stay
  double final_logit_softcapping = 0;      // Gemma: the same of logits, before the temperature
  MoeConfig moe;
  MlaConfig mla;
  std::int64_t num_nextn_predict_layers =
      0;  // DeepSeek-V3: 1 with a layer for multi-token prediction
  std::vector<std::int64_t> eos_token_ids;  // config.json has a number or a list
  std::int64_t bos_token_id = -1;           // -1: none
  std::int64_t pad_token_id = -1;           // -1: none

  /// Number of parameters, a tied head counted once.
  std::int64_t num_parameters() const;
  /// Tokens that a query sees in this layer, its own included; 0: all before it.
  std::int64_t window(std::size_t layer) const {
    return sliding_window > 0 && sliding_layers[layer] ? sliding_window : 0;
  }
  /// Whether this layer has experts.
  bool has_experts(std::size_t layer) const {
    return moe.n_routed_experts > 0 && moe.layers[layer];
  }
  bool latent_attention() const { return mla.kv_lora_rank > 0; }
  /// Key/value heads of the attention itself, and the size of its heads. Latent attention is
  /// computed as one head whose keys are the latent vector and what RoPE turned, and whose values
  /// are the same.
  std::int64_t attention_kv_heads() const { return latent_attention() ? 1 : num_key_value_heads; }
  std::int64_t attention_head_dim() const {
    return latent_attention() ? mla.kv_lora_rank + head_dim : head_dim;
  }
  /// What scores of attention are multiplied by.
  float attention_scale() const;
};

/// Sets what a family fixes: its name and its switches (biases, norms, activation). Sizes are left
/// alone. Throws: DataError for an unknown family.
void set_family(ModelConfig& config, const std::string& model_type);

/// The config of a model: a Hugging Face folder's, or what a GGUF file's metadata says.
/// Throws: DataError, as read_folder_config() and gguf_config().
ModelConfig read_config(const std::filesystem::path& model);

/// Reads `folder`/config.json, in the old spelling (rope_theta, rope_scaling, torch_dtype) and the
/// new one (rope_parameters, layer_types, dtype). generation_config.json's eos_token_id is added
/// where present. Throws: DataError naming file and field for an unknown family, for a field that
/// is missing or out of range, and for one that would change the numbers and is not supported
/// (another type of RoPE, another activation, attention in both directions): a checkpoint is never
/// loaded wrongly.
ModelConfig read_folder_config(const std::filesystem::path& folder);

/// Writes config.json (both spellings, so that old and new transformers read it) and
/// generation_config.json.
void write_config(const ModelConfig& config, const std::filesystem::path& folder);

/// Throws: DataError with `place` where sizes contradict each other.
void check_config(const ModelConfig& config, const std::string& place);

}  // namespace hone::model
