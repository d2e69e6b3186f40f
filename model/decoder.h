#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/activations.h"
#include "model/config.h"
#include "model/kv_type.h"
#include "model/lora.h"
#include "model/packed_batch.h"

namespace hone::model {

/// A weight's low-rank change (LoraConfig): the weight in use is base + scale * B A. Undefined
/// where the weight has none.
struct Adapter {
  at::Tensor a;     // [R, K]
  at::Tensor b;     // [N, R]
  at::Tensor base;  // [N, K], frozen
  double scale = 1;
};

/// Those of one block's linear layers.
struct LayerAdapters {
  Adapter q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj;
  Adapter q_a_proj, q_b_proj, kv_a_proj, kv_b_proj;  // latent attention
};

/// One expert: a feed-forward layer without biases. I is moe_intermediate_size.
struct ExpertWeights {
  at::Tensor gate_proj, up_proj;  // [I, D]
  at::Tensor down_proj;           // [D, I]
};

/// The weights of one block, named as in a checkpoint below "model.layers.N.". Absent ones are
/// undefined tensors.
struct LayerWeights {
  at::Tensor input_layernorm;  // [D]
  at::Tensor q_proj, q_bias;   // [N*H, D], [N*H]
  at::Tensor k_proj, k_bias;   // [K*H, D], [K*H]
  at::Tensor v_proj, v_bias;   // [K*H, D], [K*H]
  at::Tensor o_proj, o_bias;   // [D, N*H], [D]
  at::Tensor q_norm, k_norm;   // [H]
  // [D]: before the feed-forward, but with config.norm_after behind attention
  at::Tensor post_attention_layernorm;
  at::Tensor pre_feedforward_layernorm, post_feedforward_layernorm;  // [D], with norm_after
  at::Tensor gate_proj, gate_bias;                                   // [F, D], [F]
  at::Tensor up_proj, up_bias;                                       // [F, D], [F]
  at::Tensor down_proj, down_bias;                                   // [D, F], [D]
  // Latent attention, in place of k_proj and v_proj: C is kv_lora_rank, Q q_lora_rank, R what RoPE
  // turns of a head. With q_lora_rank q_a_proj and q_b_proj stand for q_proj [N*(nope+R), D].
  at::Tensor q_a_proj, q_a_layernorm, q_b_proj;     // [Q, D], [Q], [N*(nope+R), Q]
  at::Tensor kv_a_proj, kv_a_layernorm, kv_b_proj;  // [C+R, D], [C], [N*(nope+v), C]
  // A layer with experts, in place of gate_proj, up_proj and down_proj.
  at::Tensor router, router_bias;  // [E, D], [E]: what the choice adds to scores, not trained
  std::vector<ExpertWeights> experts;
  ExpertWeights shared_experts;
  LayerAdapters adapters;

  /// All that are there, adapters included.
  std::vector<at::Tensor> tensors() const;
};

/// A layer that predicts the token after the next one, of the hidden states and the next token.
struct PredictionLayer {
  at::Tensor enorm, hnorm;  // [D]: of the next token's embedding and of the hidden state
  at::Tensor eh_proj;       // [D, 2D]: of both, the embedding first
  LayerWeights layer;
  at::Tensor norm;  // [D]: before the head, which is the model's
};

/// Tokens that each expert of each layer got.
struct ExpertLoad {
  std::vector<std::vector<std::int64_t>> layers;  // empty for layers without experts

  void add(std::size_t layer, const std::vector<std::int64_t>& counts);
  ExpertLoad& operator+=(const ExpertLoad& other);
};

/// How a forward pass is made.
struct ForwardOptions {
  /// Attention over keys and values rounded to bf16: what a decoder with a bf16 cache computes.
  /// Their gradients pass the rounding unchanged.
  KvType kv_type = KvType::kFloat;
  /// Does not change a result. Keep only each layer's input for the backward pass, and run the
  /// layer again there: the memory of one layer and S * D a layer instead of that of all layers,
  /// for one more forward pass.
  bool gradient_checkpointing = false;
  /// Does not change a result. The activations of all packed tokens, kept when these weights
  /// decoded them: they are taken instead of computed. Needed until the pass is through; not looked
  /// at with gradient_checkpointing.
  const std::vector<KeptTokens>* kept = nullptr;
  /// Gets the tokens that each expert got, added to what is there; with gradient_checkpointing, in
  /// the backward pass.
  ExpertLoad* expert_load = nullptr;
};

/// What a decoder with adapters is made of.
struct Lora {
  LoraConfig config;
  std::filesystem::path base;  // checkpoint folder of the weights without them
};

/// A decoder-only language model in fp32. Shape letters: B sequences, T positions, S packed
/// tokens, V vocabulary, D width, F feed-forward width, N query heads, K key/value heads, H head
/// size.
struct Decoder {
  ModelConfig config;
  at::Tensor embed_tokens;  // [V, D]
  std::vector<LayerWeights> layers;
  at::Tensor norm;     // [D]
  at::Tensor lm_head;  // [V, D]; the same tensor as embed_tokens where the head is tied
  std::optional<PredictionLayer> prediction;  // with num_nextn_predict_layers
  std::optional<Lora> lora;                   // where only adapters are trained (model/adapters.h)

  /// Every weight with its Hugging Face name ("model.layers.0.self_attn.q_proj.weight"), in the
  /// order a checkpoint lists them; a tied head is left out.
  std::vector<std::pair<std::string, at::Tensor>> named_parameters() const;

  /// What gradients change: the adapters' A and B under PEFT's names
  /// ("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"), or all weights but the
  /// routers' biases.
  std::vector<std::pair<std::string, at::Tensor>> trainable_parameters() const;

  /// Hidden states after the last norm, [S, D]; differentiable where the weights require gradients.
  at::Tensor hidden_states(const PackedBatch& batch, const ForwardOptions& options = {}) const;

  /// The prediction layer's hidden states after its norm, [S, D]: of each token's hidden state
  /// (hidden_states()) and of the token that follows it, `next` [S].
  /// Source: DeepSeek-V3 (2412.19437), eq. 21 to 23; transformers' MtpLayer. Differs from the paper
  /// as the released weights do: the embedding is the first half of eh_proj's input, and the hidden
  /// states are those after the model's last norm.
  at::Tensor prediction_states(const at::Tensor& hidden, const std::vector<std::int32_t>& next,
                               const PackedBatch& batch, const ForwardOptions& options = {}) const;
};

namespace forward {
struct Inputs;
}

/// The forward pass of a batch block by block, to leave some out: hidden_states() is normed() of
/// what block() after block() makes of embedded(). Needs the decoder as long as it lives.
class Blocks {
 public:
  Blocks(const Decoder& decoder, const PackedBatch& batch);
  at::Tensor embedded() const;                                      // [S, D]
  at::Tensor block(std::int64_t layer, const at::Tensor& x) const;  // [S, D] of [S, D]
  at::Tensor normed(const at::Tensor& x) const;                     // [S, D] of [S, D]

 private:
  const Decoder& decoder_;
  at::Tensor tokens_;  // [S] int32
  std::shared_ptr<const forward::Inputs> inputs_;
};

/// A decoder of this shape with weights allocated but not set.
Decoder empty_decoder(const ModelConfig& config);

/// A decoder with random weights: normal with config.initializer_range, norms 1 (stored as 0 where
/// they multiply by 1 + weight), biases 0. The seed alone decides them.
Decoder random_decoder(const ModelConfig& config, std::uint64_t seed);

/// A copy that shares nothing and requires no gradients: a reference model. Adapters are part of
/// its weights.
Decoder frozen_copy(const Decoder& decoder);

/// Marks what training changes.
void require_gradients(Decoder& decoder);

/// Whether the weights are so few that a core's caches hold them: a thread is better off with a
/// batch of its own then than with a share of every product.
bool fits_a_core(const Decoder& decoder);

}  // namespace hone::model
