#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/tokenizer.h"

namespace hone::rl {

/// Layers by a word or by their numbers.
using LayerChoice = std::variant<std::string, std::vector<std::int64_t>>;

/// A new model: its shape, and the tokenizer trained for it, named as in config.json; or layers of
/// another model, with that one's embeddings, last norm, head and tokenizer.
struct InitConfig {
  static constexpr std::string_view kWord = "architecture";  // `init = "deepseek_v3"`
  std::string from;
  LayerChoice layers;
  std::string architecture = "qwen3";
  std::int64_t hidden_size = 96;
  std::int64_t intermediate_size = 288;
  std::int64_t num_hidden_layers = 3;
  std::int64_t num_attention_heads = 4;
  std::int64_t num_key_value_heads = 4;
  std::int64_t head_dim = 24;
  std::int64_t max_position_embeddings = 512;
  double rope_theta = 10000.0;
  double initializer_range = 0.02;
  bool tie_word_embeddings = true;
  // Of qwen3_moe and deepseek_v3.
  std::int64_t n_routed_experts = 8;
  std::int64_t num_experts_per_tok = 2;
  std::int64_t moe_intermediate_size = 96;
  std::int64_t first_k_dense_replace = 1;
  // Of deepseek_v3.
  std::int64_t n_shared_experts = 1;
  std::int64_t n_group = 1;
  std::int64_t topk_group = 1;
  double routed_scaling_factor = 1.0;
  std::int64_t q_lora_rank = 0;
  std::int64_t kv_lora_rank = 32;
  std::int64_t qk_nope_head_dim = 16;
  std::int64_t qk_rope_head_dim = 8;
  std::int64_t v_head_dim = 24;
  std::int64_t num_nextn_predict_layers = 1;
  std::optional<model::TokenizerConfig> tokenizer;

  template <class V>
  void fields(V& v) {
    v("from", from,
      "instead of random weights: a checkpoint folder or an earlier stage, of whose layers some "
      "are "
      "copied");
    v("layers", layers, "which: greedy, every_other, or their numbers from 0, as in [0, 2, 5]", 0,
      1 << 20);
    v("architecture", architecture, "llama, qwen2, qwen3, qwen3_moe or deepseek_v3");
    v("hidden_size", hidden_size, "width of the residual stream", 2, 65536);
    v("intermediate_size", intermediate_size, "width of the feed-forward layer", 1, 1 << 20);
    v("num_hidden_layers", num_hidden_layers, "blocks", 1, 1024);
    v("num_attention_heads", num_attention_heads, "query heads", 1, 1024);
    v("num_key_value_heads", num_key_value_heads, "key/value heads; divides the query heads", 1,
      1024);
    v("head_dim", head_dim, "size of a head, even", 2, 1024);
    v("max_position_embeddings", max_position_embeddings, "longest sequence in tokens", 2, 1 << 24);
    v("rope_theta", rope_theta, "base of the rotary frequencies", 1.0, 1e12);
    v("initializer_range", initializer_range, "standard deviation of the random weights", 0.0,
      10.0);
    v("tie_word_embeddings", tie_word_embeddings, "the output head is the embedding");
    v("n_routed_experts", n_routed_experts, "experts of a layer", 1, 65536);
    v("num_experts_per_tok", num_experts_per_tok, "of which a token passes through so many", 1,
      65536);
    v("moe_intermediate_size", moe_intermediate_size, "width of an expert", 1, 1 << 20);
    v("first_k_dense_replace", first_k_dense_replace, "first blocks that have no experts", 0, 1024);
    v("n_shared_experts", n_shared_experts, "experts that every token passes through", 1, 1024);
    v("n_group", n_group, "groups of experts", 1, 65536);
    v("topk_group", topk_group, "groups that a token's experts come from", 1, 65536);
    v("routed_scaling_factor", routed_scaling_factor, "factor of what experts add", 1e-3, 1e3);
    v("q_lora_rank", q_lora_rank, "size of the latent vector of queries; 0 has none", 0, 65536);
    v("kv_lora_rank", kv_lora_rank, "size of the latent vector of keys and values", 1, 65536);
    v("qk_nope_head_dim", qk_nope_head_dim, "size of a head without positions", 1, 1024);
    v("qk_rope_head_dim", qk_rope_head_dim, "size of a head with positions, even", 2, 1024);
    v("v_head_dim", v_head_dim, "size of a head's values", 1, 1024);
    v("num_nextn_predict_layers", num_nextn_predict_layers,
      "layers for multi-token prediction, 0 or 1", 0, 1);
    v("tokenizer", tokenizer,
      "trains a tokenizer; left out, a student takes its teacher's, and a base a char one");
  }
};

inline bool has_experts(const InitConfig& init) {
  return init.architecture == "qwen3_moe" || init.architecture == "deepseek_v3";
}

}  // namespace hone::rl
