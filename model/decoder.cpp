#include "model/decoder.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "model/decoder_reference.h"
#include "model/expert_layer.h"
#include "model/forward_parts.h"
#include "model/latent_attention.h"
#include "model/recompute.h"

namespace hone::model {
namespace {

using namespace forward;

bool recomputed(const ForwardOptions& options) {
  return options.gradient_checkpointing && c10::GradMode::is_enabled();
}

Inputs inputs_of(const Decoder& decoder, const PackedBatch& batch, const ForwardOptions& options) {
  const ModelConfig& config = decoder.config;
  const std::int64_t longest =
      1 + *std::max_element(batch.positions.begin(), batch.positions.end());
  // Which frequencies dynamic RoPE takes, a sequence's length decides once it is above this.
  TORCH_CHECK(config.rope.rope_type != "dynamic" || batch.segments.size() == 1 ||
                  longest <= config.max_position_embeddings,
              "[decoder] with dynamic RoPE a sequence of ", longest, " tokens, more than ",
              config.max_position_embeddings, ", must stand alone");
  return {config,
          batch.segments,
          at::tensor(batch.positions, at::kInt),
          rope_tables(config, longest, longest),
          options.kv_type,
          options.expert_load,
          recomputed(options),
          ActivationLayout(config),
          options.gradient_checkpointing ? nullptr : options.kept};
}

template <class Ops>
Tensor self_attention(const LayerWeights& w, const Inputs& in, std::size_t index,
                      const Tensor& x_SD) {
  using Layout = ActivationLayout;
  const ModelConfig& config = in.config;
  const std::int64_t window = config.window(index);
  const std::int64_t s = x_SD.size(0);
  const std::int64_t h = config.head_dim;
  const std::int64_t n = config.num_attention_heads;
  const auto known = [&](auto part) { return in.known(index, part); };
  const std::vector<Tensor> qkv =
      linears<Ops>(x_SD, {{w.q_proj, w.q_bias, w.adapters.q_proj, known(&Layout::q)},
                          {w.k_proj, w.k_bias, w.adapters.k_proj, known(&Layout::k)},
                          {w.v_proj, w.v_bias, w.adapters.v_proj, known(&Layout::v)}});
  Tensor q_SNH = qkv[0].view({s, n, h});
  Tensor k_SKH = qkv[1].view({s, config.num_key_value_heads, h});
  Tensor v_SKH = qkv[2].view({s, config.num_key_value_heads, h});
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
  ops::AttentionOptions options{.scale = config.attention_scale(),
                                .window = window,
                                .softcap = config.attn_logit_softcapping};
  if (in.kept != nullptr) {
    options.known = known(&Layout::mixed)[0].view({s, n, h});
    options.known_softmax = known(&Layout::softmax)[0].view({s, n, 2});
  }
  const Tensor mixed_SNH = Ops::attention(q_SNH, k_SKH, v_SKH, in.segments, options);
  return linear<Ops>(mixed_SNH.reshape({s, -1}), w.o_proj, w.o_bias, w.adapters.o_proj,
                     known(&Layout::o));
}

template <class Ops>
Tensor feed_forward(const LayerWeights& w, const Inputs& in, std::size_t index,
                    const Tensor& x_SD) {
  using Layout = ActivationLayout;
  const auto known = [&](auto part) { return in.known_views(index, part); };
  const Tensor mixed_SF =
      gated<Ops>(in, x_SD, {w.gate_proj, w.gate_bias, w.adapters.gate_proj, known(&Layout::gate)},
                 {w.up_proj, w.up_bias, w.adapters.up_proj, known(&Layout::up)});
  return linear<Ops>(mixed_SF, w.down_proj, w.down_bias, w.adapters.down_proj,
                     in.known(index, &Layout::down));
}

template <class Ops>
Stream layer(const LayerWeights& w, const Inputs& in, std::size_t index, Stream stream) {
  const auto attention = [&](const Tensor& x) {
    return in.config.latent_attention() ? latent_attention<Ops>(w, in, x)
                                        : self_attention<Ops>(w, in, index, x);
  };
  const auto transform = [&](const Tensor& x) {
    return w.router.defined() ? expert_layer<Ops>(w, in, index, x)
                              : feed_forward<Ops>(w, in, index, x);
  };
  if (in.config.norm_after) {
    const Tensor attended = attention(stream.normed<Ops>(in, w.input_layernorm));
    stream.add(norm<Ops>(in, attended, w.post_attention_layernorm));
    const Tensor transformed = transform(stream.normed<Ops>(in, w.pre_feedforward_layernorm));
    stream.add(norm<Ops>(in, transformed, w.post_feedforward_layernorm));
    return stream;
  }
  stream.add(attention(stream.normed<Ops>(in, w.input_layernorm)));
  stream.add(transform(stream.normed<Ops>(in, w.post_attention_layernorm)));
  return stream;
}

/// One layer, whose activations are kept or, if the options say so, computed again later.
template <class Ops>
Stream run_layer(const LayerWeights& w, const std::shared_ptr<const Inputs>& in, std::size_t index,
                 const Stream& stream) {
  if (!in->recomputed) return layer<Ops>(w, *in, index, stream);
  const auto whole = [in, w, index](const Tensor& x) {
    return layer<Ops>(w, *in, index, {x}).sum();
  };
  return {recompute(whole, stream.sum(), w.tensors())};
}

template <class Ops>
Tensor embedded_tokens(const Decoder& decoder, const Tensor& tokens_S) {
  const Tensor x_SD = Ops::embedding(tokens_S, decoder.embed_tokens);
  if (!decoder.config.scaled_embeddings) return x_SD;
  return x_SD * std::sqrt(static_cast<double>(decoder.config.hidden_size));
}

template <class Ops>
Tensor hidden_states_of(const Decoder& decoder, const PackedBatch& batch,
                        const ForwardOptions& options) {
  const auto in = std::make_shared<const Inputs>(inputs_of(decoder, batch, options));
  Stream stream{embedded_tokens<Ops>(decoder, at::tensor(batch.tokens, at::kInt))};
  for (std::size_t index = 0; index < decoder.layers.size(); ++index) {
    stream = run_layer<Ops>(decoder.layers[index], in, index, stream);
  }
  return stream.normed<Ops>(*in, decoder.norm);
}

template <class Ops>
Tensor prediction_states_of(const Decoder& decoder, const Tensor& hidden,
                            const std::vector<std::int32_t>& next, const PackedBatch& batch,
                            const ForwardOptions& options) {
  TORCH_CHECK(decoder.prediction, "[decoder] there is no layer for multi-token prediction");
  const PredictionLayer& w = *decoder.prediction;
  const auto in = std::make_shared<const Inputs>(inputs_of(decoder, batch, options));
  const Tensor embedded = Ops::embedding(at::tensor(next, at::kInt), decoder.embed_tokens);
  const Tensor both =
      at::cat({norm<Ops>(*in, embedded, w.enorm), norm<Ops>(*in, hidden, w.hnorm)}, 1);
  Stream stream{Ops::linear(both, w.eh_proj, {})};
  stream = run_layer<Ops>(w.layer, in, decoder.layers.size(), stream);
  return stream.normed<Ops>(*in, w.norm);
}

}  // namespace

Tensor Decoder::hidden_states(const PackedBatch& batch, const ForwardOptions& options) const {
  return hidden_states_of<Kernels>(*this, batch, options);
}

Blocks::Blocks(const Decoder& decoder, const PackedBatch& batch)
    : decoder_(decoder),
      tokens_(at::tensor(batch.tokens, at::kInt)),
      inputs_(std::make_shared<const Inputs>(inputs_of(decoder, batch, {}))) {}

Tensor Blocks::embedded() const { return embedded_tokens<Kernels>(decoder_, tokens_); }

Tensor Blocks::block(std::int64_t layer, const Tensor& x) const {
  const auto index = static_cast<std::size_t>(layer);
  return run_layer<Kernels>(decoder_.layers[index], inputs_, index, {x}).sum();
}

Tensor Blocks::normed(const Tensor& x) const {
  return Stream{x}.normed<Kernels>(*inputs_, decoder_.norm);
}

Tensor Decoder::prediction_states(const Tensor& hidden, const std::vector<std::int32_t>& next,
                                  const PackedBatch& batch, const ForwardOptions& options) const {
  return prediction_states_of<Kernels>(*this, hidden, next, batch, options);
}

Tensor reference_hidden_states(const Decoder& decoder, const PackedBatch& batch,
                               const ForwardOptions& options) {
  return hidden_states_of<Reference>(decoder, batch, options);
}

Tensor reference_prediction_states(const Decoder& decoder, const Tensor& hidden,
                                   const std::vector<std::int32_t>& next, const PackedBatch& batch,
                                   const ForwardOptions& options) {
  return prediction_states_of<Reference>(decoder, hidden, next, batch, options);
}

void ExpertLoad::add(std::size_t layer, const std::vector<std::int64_t>& counts) {
  if (layers.size() <= layer) layers.resize(layer + 1);
  std::vector<std::int64_t>& own = layers[layer];
  own.resize(counts.size());
  for (std::size_t e = 0; e < counts.size(); ++e) own[e] += counts[e];
}

ExpertLoad& ExpertLoad::operator+=(const ExpertLoad& other) {
  for (std::size_t l = 0; l < other.layers.size(); ++l) {
    if (!other.layers[l].empty()) add(l, other.layers[l]);
  }
  return *this;
}

}  // namespace hone::model
