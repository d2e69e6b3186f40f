#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hone::model {

/// How a family's config.json says which layers see only a window.
enum class Windows {
  kNone,         // no layer
  kEveryLayer,   // sliding_window is not null: all layers (Mistral)
  kSwitched,     // use_sliding_window: all layers (Qwen3-MoE)
  kUpperLayers,  // use_sliding_window: layer_types, or those from max_window_layers on (Qwen)
  kEveryOther,   // layer_types, or the first, the third and so on (Gemma 2)
  kPattern,      // layer_types, or all but each sliding_window_pattern-th (Gemma 3)
};

/// Whether use_sliding_window has to be true for there to be a window.
constexpr bool is_switched(Windows windows) {
  return windows == Windows::kSwitched || windows == Windows::kUpperLayers;
}
/// Whether all layers have the window, or none.
constexpr bool is_uniform(Windows windows) {
  return windows == Windows::kSwitched || windows == Windows::kEveryLayer;
}

/// How its config.json speaks of experts.
enum class Experts {
  kNone,
  kQwen,      // num_experts, decoder_sparse_step, mlp_only_layers
  kDeepseek,  // n_routed_experts, first_k_dense_replace, moe_layer_freq
};

/// What a family fixes, and what transformers takes where its config.json says nothing.
struct Family {
  std::string_view name;
  std::string_view architecture;
  std::int64_t max_position_embeddings;
  std::int64_t num_key_value_heads = 0;  // 0: as many as query heads
  std::int64_t head_dim = 0;             // 0: hidden_size / num_attention_heads
  std::int64_t bos_token_id = -1, eos_token_id = -1, pad_token_id = -1;
  bool qkv_bias = false;        // always
  bool attention_bias = false;  // where config.json's attention_bias says so
  bool mlp_bias = false;        // where config.json's mlp_bias says so
  bool qk_norm = false;
  bool whole_heads = false;  // hidden_size must be a multiple of num_attention_heads
  Windows windows = Windows::kNone;
  bool gemma = false;        // GELU, 1 + w, four norms a layer, scaled embeddings, tied head
  double attn_softcap = 0;   // default of attn_logit_softcapping, if it has that
  double final_softcap = 0;  // default of final_logit_softcapping
  bool local_rope = false;   // layers with a window have a base of their own (Gemma 3)
  Experts experts = Experts::kNone;
  bool latent_attention = false;  // and a layer for multi-token prediction (DeepSeek-V3)
};

/// Throws: DataError with `place` for an unknown family.
const Family& family_of(const std::string& model_type, const std::string& place);

}  // namespace hone::model
