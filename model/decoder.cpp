#include "model/decoder.h"

#include <algorithm>

#include "model/decoder_reference.h"
#include "model/kernels/ops.h"
#include "model/kernels/ops_reference.h"

namespace hone::model {
namespace {

using at::Tensor;

/// The two sets of operations that a decoder can run on.
struct Kernels {
  static constexpr auto embedding = ops::embedding;
  static constexpr auto linear = ops::linear;
  static constexpr auto rmsnorm = ops::rmsnorm;
  static constexpr auto swiglu = ops::swiglu;
  static constexpr auto rope = ops::rope;
  static constexpr auto attention = ops::attention;
};
struct Reference {
  static constexpr auto embedding = reference::embedding;
  static constexpr auto linear = reference::linear;
  static constexpr auto rmsnorm = reference::rmsnorm;
  static constexpr auto swiglu = reference::swiglu;
  static constexpr auto rope = reference::rope;
  static constexpr auto attention = reference::attention;
};

template <class Ops>
Tensor self_attention(const LayerWeights& w, const ModelConfig& config, const PackedBatch& batch,
                      const Tensor& positions, const Tensor& tables, const Tensor& x_SD) {
  const std::int64_t s = x_SD.size(0);
  const std::int64_t h = config.head_dim;
  Tensor q_SNH = Ops::linear(x_SD, w.q_proj, w.q_bias).view({s, config.num_attention_heads, h});
  Tensor k_SKH = Ops::linear(x_SD, w.k_proj, w.k_bias).view({s, config.num_key_value_heads, h});
  const Tensor v_SKH =
      Ops::linear(x_SD, w.v_proj, w.v_bias).view({s, config.num_key_value_heads, h});
  if (config.qk_norm) {
    q_SNH = Ops::rmsnorm(q_SNH, w.q_norm, config.rms_norm_eps);
    k_SKH = Ops::rmsnorm(k_SKH, w.k_norm, config.rms_norm_eps);
  }
  q_SNH = Ops::rope(q_SNH, positions, tables);
  k_SKH = Ops::rope(k_SKH, positions, tables);
  const Tensor mixed_SNH = Ops::attention(q_SNH, k_SKH, v_SKH, batch.segments);
  return Ops::linear(mixed_SNH.reshape({s, -1}), w.o_proj, w.o_bias);
}

template <class Ops>
Tensor feed_forward(const LayerWeights& w, const Tensor& x_SD) {
  const Tensor gate_SF = Ops::linear(x_SD, w.gate_proj, w.gate_bias);
  const Tensor up_SF = Ops::linear(x_SD, w.up_proj, w.up_bias);
  return Ops::linear(Ops::swiglu(gate_SF, up_SF), w.down_proj, w.down_bias);
}

template <class Ops>
Tensor forward(const Decoder& decoder, const PackedBatch& batch) {
  const ModelConfig& config = decoder.config;
  const Tensor tokens = at::tensor(batch.tokens, at::kInt);
  const Tensor positions = at::tensor(batch.positions, at::kInt);
  const std::int64_t longest =
      1 + *std::max_element(batch.positions.begin(), batch.positions.end());
  const Tensor tables = ops::rope_tables(longest, config.head_dim, config.rope_theta);
  Tensor x_SD = Ops::embedding(tokens, decoder.embed_tokens);
  for (const LayerWeights& w : decoder.layers) {
    x_SD = x_SD + self_attention<Ops>(w, config, batch, positions, tables,
                                      Ops::rmsnorm(x_SD, w.input_layernorm, config.rms_norm_eps));
    x_SD = x_SD + feed_forward<Ops>(
                      w, Ops::rmsnorm(x_SD, w.post_attention_layernorm, config.rms_norm_eps));
  }
  return Ops::rmsnorm(x_SD, decoder.norm, config.rms_norm_eps);
}

}  // namespace

Tensor Decoder::hidden_states(const PackedBatch& batch) const {
  return forward<Kernels>(*this, batch);
}

Tensor reference_hidden_states(const Decoder& decoder, const PackedBatch& batch) {
  return forward<Reference>(decoder, batch);
}

}  // namespace hone::model
