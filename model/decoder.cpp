#include "model/decoder.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "model/decoder_reference.h"
#include "model/kernels/ops.h"
#include "model/kernels/ops_reference.h"
#include "model/recompute.h"
#include "model/rope_tables.h"

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
  static constexpr auto geglu = ops::geglu;
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
  static constexpr auto geglu = reference::geglu;
  static constexpr auto rope = reference::rope;
  static constexpr auto attention = reference::attention;
  static constexpr auto round_to_bf16 = reference::round_to_bf16;
};

/// What every layer looks at. Recomputed layers hold on to it until the backward pass.
struct Inputs {
  ModelConfig config;
  std::vector<Segment> segments;
  Tensor positions;  // [S] int32
  RopeTables tables;
  KvType kv_type;
};

Inputs inputs_of(const Decoder& decoder, const PackedBatch& batch, KvType kv_type) {
  const ModelConfig& config = decoder.config;
  const std::int64_t longest =
      1 + *std::max_element(batch.positions.begin(), batch.positions.end());
  // Which frequencies dynamic RoPE takes, a sequence's length decides once it is above this.
  TORCH_CHECK(config.rope.rope_type != "dynamic" || batch.segments.size() == 1 ||
                  longest <= config.max_position_embeddings,
              "[decoder] with dynamic RoPE a sequence of ", longest, " tokens, more than ",
              config.max_position_embeddings, ", must stand alone");
  return {config, batch.segments, at::tensor(batch.positions, at::kInt),
          rope_tables(config, longest, longest), kv_type};
}

/// x W^T + bias, of which training may change a low-rank part only.
template <class Ops>
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const Adapter& adapter) {
  if (!adapter.a.defined()) return Ops::linear(x, weight, bias);
  return Ops::adapted_linear(x, weight, bias, adapter.a, adapter.b, adapter.scale);
}

template <class Ops>
Tensor norm(const Inputs& in, const Tensor& x, const Tensor& weight) {
  return Ops::rmsnorm(x, weight, in.config.rms_norm_eps, in.config.norm_plus_one);
}

template <class Ops>
Tensor self_attention(const LayerWeights& w, const Inputs& in, std::int64_t window,
                      const Tensor& x_SD) {
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
    q_SNH = norm<Ops>(in, q_SNH, w.q_norm);
    k_SKH = norm<Ops>(in, k_SKH, w.k_norm);
  }
  q_SNH = Ops::rope(q_SNH, in.positions, in.tables.of(window > 0));
  k_SKH = Ops::rope(k_SKH, in.positions, in.tables.of(window > 0));
  if (in.kv_type == KvType::kBf16) {
    k_SKH = Ops::round_to_bf16(k_SKH);
    v_SKH = Ops::round_to_bf16(v_SKH);
  }
  const Tensor mixed_SNH = Ops::attention(q_SNH, k_SKH, v_SKH, in.segments,
                                          {.scale = config.attention_scale(),
                                           .window = window,
                                           .softcap = config.attn_logit_softcapping});
  return linear<Ops>(mixed_SNH.reshape({s, -1}), w.o_proj, w.o_bias, w.adapters.o_proj);
}

template <class Ops>
Tensor feed_forward(const LayerWeights& w, const Inputs& in, const Tensor& x_SD) {
  const Tensor gate_SF = linear<Ops>(x_SD, w.gate_proj, w.gate_bias, w.adapters.gate_proj);
  const Tensor up_SF = linear<Ops>(x_SD, w.up_proj, w.up_bias, w.adapters.up_proj);
  const Tensor mixed_SF = in.config.gelu ? Ops::geglu(gate_SF, up_SF) : Ops::swiglu(gate_SF, up_SF);
  return linear<Ops>(mixed_SF, w.down_proj, w.down_bias, w.adapters.down_proj);
}

template <class Ops>
Tensor layer(const LayerWeights& w, const Inputs& in, std::int64_t window, Tensor x_SD) {
  const auto normed = [&](const Tensor& x, const Tensor& weight) {
    return norm<Ops>(in, x, weight);
  };
  const auto attention = [&](const Tensor& x) { return self_attention<Ops>(w, in, window, x); };
  if (in.config.norm_after) {
    x_SD = x_SD + normed(attention(normed(x_SD, w.input_layernorm)), w.post_attention_layernorm);
    return x_SD + normed(feed_forward<Ops>(w, in, normed(x_SD, w.pre_feedforward_layernorm)),
                         w.post_feedforward_layernorm);
  }
  x_SD = x_SD + attention(normed(x_SD, w.input_layernorm));
  return x_SD + feed_forward<Ops>(w, in, normed(x_SD, w.post_attention_layernorm));
}

std::vector<Tensor> defined_weights(const LayerWeights& w) {
  std::vector<Tensor> weights;
  for (const Tensor& weight : {w.input_layernorm,
                               w.q_proj,
                               w.q_bias,
                               w.k_proj,
                               w.k_bias,
                               w.v_proj,
                               w.v_bias,
                               w.o_proj,
                               w.o_bias,
                               w.q_norm,
                               w.k_norm,
                               w.post_attention_layernorm,
                               w.pre_feedforward_layernorm,
                               w.post_feedforward_layernorm,
                               w.gate_proj,
                               w.gate_bias,
                               w.up_proj,
                               w.up_bias,
                               w.down_proj,
                               w.down_bias}) {
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
  if (in->config.scaled_embeddings) {
    x_SD = x_SD * std::sqrt(static_cast<double>(in->config.hidden_size));
  }
  for (std::size_t index = 0; index < decoder.layers.size(); ++index) {
    const LayerWeights& w = decoder.layers[index];
    const std::int64_t window = in->config.window(index);
    if (options.gradient_checkpointing && c10::GradMode::is_enabled()) {
      x_SD = recompute([in, w, window](const Tensor& x) { return layer<Ops>(w, *in, window, x); },
                       x_SD, defined_weights(w));
    } else {
      x_SD = layer<Ops>(w, *in, window, x_SD);
    }
  }
  return norm<Ops>(*in, x_SD, decoder.norm);
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
