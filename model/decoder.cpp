#include "model/decoder.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <memory>

#include "model/decoder_reference.h"
#include "model/kernels/ops.h"
#include "model/kernels/ops_reference.h"
#include "model/recompute.h"

namespace hone::model {
namespace {

using at::Tensor;

/// The two sets of operations that a decoder can run on.
struct Kernels {
  static constexpr auto embedding = ops::embedding;
  static constexpr auto linear = ops::linear;
  static constexpr auto adapted_linear = ops::adapted_linear;
  static constexpr auto rmsnorm = ops::rmsnorm;
  static constexpr auto swiglu = ops::swiglu;
  static constexpr auto rope = ops::rope;
  static constexpr auto attention = ops::attention;
  static constexpr auto round_to_bf16 = ops::round_to_bf16;
};
struct Reference {
  static constexpr auto embedding = reference::embedding;
  static constexpr auto linear = reference::linear;
  static constexpr auto adapted_linear = reference::adapted_linear;
  static constexpr auto rmsnorm = reference::rmsnorm;
  static constexpr auto swiglu = reference::swiglu;
  static constexpr auto rope = reference::rope;
  static constexpr auto attention = reference::attention;
  static constexpr auto round_to_bf16 = reference::round_to_bf16;
};

/// What every layer looks at. Recomputed layers hold on to it until the backward pass.
struct Inputs {
  ModelConfig config;
  std::vector<Segment> segments;
  Tensor positions;  // [S] int32
  Tensor tables;     // rope
  KvType kv_type;
};

Inputs inputs_of(const Decoder& decoder, const PackedBatch& batch, KvType kv_type) {
  const ModelConfig& config = decoder.config;
  const std::int64_t longest =
      1 + *std::max_element(batch.positions.begin(), batch.positions.end());
  return {config, batch.segments, at::tensor(batch.positions, at::kInt),
          ops::rope_tables(longest, config.head_dim, config.rope_theta), kv_type};
}

/// x W^T + bias, of which training may change a low-rank part only.
template <class Ops>
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const Adapter& adapter) {
  if (!adapter.a.defined()) return Ops::linear(x, weight, bias);
  return Ops::adapted_linear(x, weight, bias, adapter.a, adapter.b, adapter.scale);
}

template <class Ops>
Tensor self_attention(const LayerWeights& w, const Inputs& in, const Tensor& x_SD) {
  const ModelConfig& config = in.config;
  const std::int64_t s = x_SD.size(0);
  const std::int64_t h = config.head_dim;
  Tensor q_SNH = linear<Ops>(x_SD, w.q_proj, w.q_bias, w.adapters.q_proj)
                     .view({s, config.num_attention_heads, h});
  Tensor k_SKH = linear<Ops>(x_SD, w.k_proj, w.k_bias, w.adapters.k_proj)
                     .view({s, config.num_key_value_heads, h});
  Tensor v_SKH = linear<Ops>(x_SD, w.v_proj, w.v_bias, w.adapters.v_proj)
                     .view({s, config.num_key_value_heads, h});
  if (config.qk_norm) {
    q_SNH = Ops::rmsnorm(q_SNH, w.q_norm, config.rms_norm_eps);
    k_SKH = Ops::rmsnorm(k_SKH, w.k_norm, config.rms_norm_eps);
  }
  q_SNH = Ops::rope(q_SNH, in.positions, in.tables);
  k_SKH = Ops::rope(k_SKH, in.positions, in.tables);
  if (in.kv_type == KvType::kBf16) {
    k_SKH = Ops::round_to_bf16(k_SKH);
    v_SKH = Ops::round_to_bf16(v_SKH);
  }
  const Tensor mixed_SNH = Ops::attention(q_SNH, k_SKH, v_SKH, in.segments);
  return linear<Ops>(mixed_SNH.reshape({s, -1}), w.o_proj, w.o_bias, w.adapters.o_proj);
}

template <class Ops>
Tensor feed_forward(const LayerWeights& w, const Tensor& x_SD) {
  const Tensor gate_SF = linear<Ops>(x_SD, w.gate_proj, w.gate_bias, w.adapters.gate_proj);
  const Tensor up_SF = linear<Ops>(x_SD, w.up_proj, w.up_bias, w.adapters.up_proj);
  return linear<Ops>(Ops::swiglu(gate_SF, up_SF), w.down_proj, w.down_bias, w.adapters.down_proj);
}

template <class Ops>
Tensor layer(const LayerWeights& w, const Inputs& in, Tensor x_SD) {
  const double eps = in.config.rms_norm_eps;
  x_SD = x_SD + self_attention<Ops>(w, in, Ops::rmsnorm(x_SD, w.input_layernorm, eps));
  return x_SD + feed_forward<Ops>(w, Ops::rmsnorm(x_SD, w.post_attention_layernorm, eps));
}

std::vector<Tensor> defined_weights(const LayerWeights& w) {
  std::vector<Tensor> weights;
  for (const Tensor& weight :
       {w.input_layernorm, w.q_proj, w.q_bias, w.k_proj, w.k_bias, w.v_proj, w.v_bias, w.o_proj,
        w.o_bias, w.q_norm, w.k_norm, w.post_attention_layernorm, w.gate_proj, w.gate_bias,
        w.up_proj, w.up_bias, w.down_proj, w.down_bias}) {
    if (weight.defined()) weights.push_back(weight);
  }
  const LayerAdapters& l = w.adapters;
  for (const Adapter* adapter :
       {&l.q_proj, &l.k_proj, &l.v_proj, &l.o_proj, &l.gate_proj, &l.up_proj, &l.down_proj}) {
    if (adapter->a.defined()) weights.insert(weights.end(), {adapter->a, adapter->b});
  }
  return weights;
}

template <class Ops>
Tensor forward(const Decoder& decoder, const PackedBatch& batch, const ForwardOptions& options) {
  const auto in = std::make_shared<const Inputs>(inputs_of(decoder, batch, options.kv_type));
  Tensor x_SD = Ops::embedding(at::tensor(batch.tokens, at::kInt), decoder.embed_tokens);
  for (const LayerWeights& w : decoder.layers) {
    if (options.gradient_checkpointing && c10::GradMode::is_enabled()) {
      x_SD = recompute([in, w](const Tensor& x) { return layer<Ops>(w, *in, x); }, x_SD,
                       defined_weights(w));
    } else {
      x_SD = layer<Ops>(w, *in, x_SD);
    }
  }
  return Ops::rmsnorm(x_SD, decoder.norm, decoder.config.rms_norm_eps);
}

}  // namespace

Tensor Decoder::hidden_states(const PackedBatch& batch, const ForwardOptions& options) const {
  return forward<Kernels>(*this, batch, options);
}

Tensor reference_hidden_states(const Decoder& decoder, const PackedBatch& batch,
                               const ForwardOptions& options) {
  return forward<Reference>(decoder, batch, options);
}

}  // namespace hone::model
