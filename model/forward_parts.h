#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <vector>

#include "model/activations.h"
#include "model/decoder.h"
#include "model/kernels/ops.h"
#include "model/kernels/ops_reference.h"
#include "model/rope_tables.h"

// What the parts of the forward pass share. They are templates over a set of operations.
namespace hone::model::forward {

using at::Tensor;

/// The two sets of operations that a decoder can run on.
struct Kernels {
  static constexpr auto embedding = ops::embedding;
  static Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias,
                       const std::vector<Tensor>& known = {}) {
    return ops::linear(x, weight, bias, known);
  }
  static constexpr auto linears = ops::linears;
  static constexpr auto adapted_linear = ops::adapted_linear;
  static constexpr auto adapted_weight = ops::adapted_weight;
  static constexpr auto head_linear = ops::head_linear;
  static constexpr auto rmsnorm = ops::rmsnorm;
  static constexpr auto add_rmsnorm = ops::add_rmsnorm;
  static constexpr auto swiglu = ops::swiglu;
  static constexpr auto geglu = ops::geglu;
  static constexpr auto gated_linear = ops::gated_linear;
  static constexpr auto rope = ops::rope;
  static constexpr auto rope_pairs = ops::rope_pairs;
  static constexpr auto attention = ops::attention;
  static constexpr auto round_to_bf16 = ops::round_to_bf16;
  static constexpr auto choose_experts = ops::choose_experts;
  static constexpr auto expert_weights = ops::expert_weights;
  static constexpr auto mix_slots = ops::mix_slots;
};
struct Reference {
  static constexpr auto embedding = reference::embedding;
  static Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias,
                       const std::vector<Tensor>& = {}) {
    return reference::linear(x, weight, bias);
  }
  static constexpr auto linears = reference::linears;
  static Tensor adapted_linear(const Tensor& x, const Tensor& weight, const Tensor& bias,
                               const Tensor& a, const Tensor& b, double scale,
                               const std::vector<Tensor>&) {
    return reference::adapted_linear(x, weight, bias, a, b, scale);
  }
  static constexpr auto adapted_weight = reference::adapted_weight;
  static constexpr auto head_linear = reference::head_linear;
  static constexpr auto rmsnorm = reference::rmsnorm;
  static constexpr auto add_rmsnorm = reference::add_rmsnorm;
  static constexpr auto swiglu = reference::swiglu;
  static constexpr auto geglu = reference::geglu;
  static constexpr auto gated_linear = reference::gated_linear;
  static constexpr auto rope = reference::rope;
  static constexpr auto rope_pairs = reference::rope_pairs;
  static constexpr auto attention = reference::attention;
  static constexpr auto round_to_bf16 = reference::round_to_bf16;
  static constexpr auto choose_experts = reference::choose_experts;
  static constexpr auto expert_weights = reference::expert_weights;
  static constexpr auto mix_slots = reference::mix_slots;
};

/// What every layer looks at. Recomputed layers hold on to it until the backward pass.
struct Inputs {
  ModelConfig config;
  std::vector<Segment> segments;
  Tensor positions;  // [S] int32
  RopeTables tables;
  KvType kv_type;
  ExpertLoad* expert_load;  // or null
  bool recomputed;          // each layer runs twice, the second time with gradients
  ActivationLayout layout;
  const std::vector<KeptTokens>* kept;  // activations of all tokens, or null

  /// A part of a layer's activations as one piece; none where they have to be computed.
  std::vector<Tensor> known(std::size_t layer,
                            ActivationLayout::Part ActivationLayout::*part) const {
    if (kept == nullptr) return {};
    return {gather(*kept, static_cast<std::int64_t>(layer), layout.*part)};
  }
  /// The same where it lies, piece by piece.
  std::vector<Tensor> known_views(std::size_t layer,
                                  ActivationLayout::Part ActivationLayout::*part) const {
    if (kept == nullptr) return {};
    return views(*kept, static_cast<std::int64_t>(layer), layout.*part);
  }
};

/// x W^T + bias, of which training may change a low-rank part only. A known result is taken as it
/// is by the kernels; the reference always computes.
template <class Ops>
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const Adapter& adapter,
              const std::vector<Tensor>& known = {}) {
  if (!adapter.a.defined()) return Ops::linear(x, weight, bias, known);
  return Ops::adapted_linear(x, weight, bias, adapter.a, adapter.b, adapter.scale, known);
}

/// A linear layer of a block: what linear() takes beside x.
struct Projection {
  const Tensor &weight, &bias;
  const Adapter& adapter;
  std::vector<Tensor> known;
};

/// linear() of one x with several weights.
template <class Ops>
std::vector<Tensor> linears(const Tensor& x, std::initializer_list<Projection> all) {
  const bool adapted = std::any_of(all.begin(), all.end(),
                                   [](const Projection& one) { return one.adapter.a.defined(); });
  std::vector<Tensor> results;
  std::vector<ops::LinearOf> plain;
  for (const Projection& one : all) {
    if (adapted) {
      results.push_back(linear<Ops>(x, one.weight, one.bias, one.adapter, one.known));
    } else {
      plain.push_back({one.weight, one.bias, one.known});
    }
  }
  return adapted ? results : Ops::linears(x, plain);
}

/// What a gated feed-forward's second half gets: an activation of the gate times `up`.
template <class Ops>
Tensor gated(const Inputs& in, const Tensor& x, const Projection& gate, const Projection& up) {
  if (!gate.adapter.a.defined() && !up.adapter.a.defined()) {
    return Ops::gated_linear(x, {gate.weight, gate.bias, gate.known},
                             {up.weight, up.bias, up.known}, in.config.gelu);
  }
  const std::vector<Tensor> both = linears<Ops>(x, {gate, up});
  return in.config.gelu ? Ops::geglu(both[0], both[1]) : Ops::swiglu(both[0], both[1]);
}

/// A weight in use, for what is no plain product.
template <class Ops>
Tensor weight(const Tensor& own, const Adapter& adapter) {
  if (!adapter.a.defined()) return own;
  return Ops::adapted_weight(own, adapter.a, adapter.b, adapter.scale);
}

template <class Ops>
Tensor norm(const Inputs& in, const Tensor& x, const Tensor& weight) {
  return Ops::rmsnorm(x, weight, in.config.rms_norm_eps, in.config.norm_plus_one);
}

/// What runs through the layers: a sum whose last part is added only where it is normed.
struct Stream {
  Tensor x;
  Tensor more = {};  // undefined: nothing is to be added

  void add(const Tensor& y) {
    x = sum();
    more = y;
  }
  Tensor sum() const { return more.defined() ? x + more : x; }
  template <class Ops>
  Tensor normed(const Inputs& in, const Tensor& weight) {
    if (!more.defined()) return norm<Ops>(in, x, weight);
    const ops::NormedSum both =
        Ops::add_rmsnorm(x, more, weight, in.config.rms_norm_eps, in.config.norm_plus_one);
    x = both.sum;
    more = Tensor();
    return both.normed;
  }
};

}  // namespace hone::model::forward
