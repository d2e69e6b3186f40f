#pragma once

#include <ATen/ops/cat.h>

#include <c10/core/GradMode.h>

#include "model/forward_parts.h"
#include "model/routing.h"

namespace hone::model::forward {

template <class Ops>
Tensor expert(const ExpertWeights& w, const Tensor& x_SD) {
  return Ops::linear(
      Ops::swiglu(Ops::linear(x_SD, w.gate_proj, {}), Ops::linear(x_SD, w.up_proj, {})),
      w.down_proj, {});
}

/// Counts the tokens that each expert of a layer got.
inline void count_load(const Inputs& in, std::size_t layer, const Slots& slots) {
  const bool again_later = in.recomputed && !c10::GradMode::is_enabled();
  if (in.expert_load == nullptr || again_later) return;
  in.expert_load->add(layer, slots.counts);
}

/// The feed-forward of a layer with experts: each token passes through a few of them, whose results
/// are weighed and added by rising expert, and through the shared one.
/// Source: DeepSeek-V3 (2412.19437), eq. 12 to 16; Qwen3 (2505.09388) without the shared one.
template <class Ops>
Tensor expert_layer(const LayerWeights& w, const Inputs& in, std::size_t layer,
                    const Tensor& x_SD) {
  const kernels::Routing routing = routing_of(in.config.moe);
  const Tensor logits_SE = Ops::linear(x_SD, w.router, {});
  const Tensor experts_Sk = Ops::choose_experts(logits_SE, w.router_bias, routing);
  const Tensor weights_Sk = Ops::expert_weights(logits_SE, experts_Sk, routing);
  Slots slots;
  slots.assign(experts_Sk.const_data_ptr<std::int32_t>(), x_SD.size(0), routing.chosen,
               routing.experts);
  count_load(in, layer, slots);
  const Tensor slots_x = Ops::embedding(at::tensor(slots.tokens, at::kInt), x_SD);  // [S*k, D]
  std::vector<Tensor> parts = slots_x.split_with_sizes(slots.counts);
  for (std::size_t e = 0; e < parts.size(); ++e) parts[e] = expert<Ops>(w.experts[e], parts[e]);
  const Tensor of = at::tensor(slots.of, at::kInt).view(experts_Sk.sizes());
  const Tensor mixed_SD = Ops::mix_slots(at::cat(parts), of, weights_Sk);
  if (!w.shared_experts.gate_proj.defined()) return mixed_SD;
  return mixed_SD + expert<Ops>(w.shared_experts, x_SD);
}

}  // namespace hone::model::forward
