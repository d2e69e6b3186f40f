#include "model/kernels/ops_reference.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/silu.h>

#include <cmath>

namespace hone::model::reference {
namespace {

at::Tensor capped(const at::Tensor& x, double cap) { return (x / cap).tanh() * cap; }

}  // namespace

at::Tensor embedding(const at::Tensor& tokens, const at::Tensor& table) {
  return table.index_select(0, tokens);
}

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const at::Tensor y = at::matmul(x, weight.t());
  return bias.defined() ? y + bias : y;
}

std::vector<at::Tensor> linears(const at::Tensor& x, const std::vector<ops::LinearOf>& all) {
  std::vector<at::Tensor> results;
  for (const auto& one : all) results.push_back(reference::linear(x, one.weight, one.bias));
  return results;
}

at::Tensor adapted_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                          const at::Tensor& a, const at::Tensor& b, double scale) {
  return reference::linear(x, reference::adapted_weight(weight, a, b, scale), bias);
}

at::Tensor adapted_weight(const at::Tensor& weight, const at::Tensor& a, const at::Tensor& b,
                          double scale) {
  const at::Tensor change = at::matmul(b, a) * scale;
  // The change is in the weight: what is added is 0, and the gradients are its own.
  return weight.detach() + (change - change.detach());
}

at::Tensor rmsnorm(const at::Tensor& x, const at::Tensor& weight, double eps, bool plus_one) {
  return (plus_one ? 1 + weight : weight) *
         (x * at::rsqrt(x.square().mean(-1, /*keepdim=*/true) + eps));
}

ops::NormedSum add_rmsnorm(const at::Tensor& x, const at::Tensor& more, const at::Tensor& weight,
                           double eps, bool plus_one) {
  const at::Tensor sum = x + more;
  return {sum, reference::rmsnorm(sum, weight, eps, plus_one)};
}

at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up) { return at::silu(gate) * up; }

at::Tensor geglu(const at::Tensor& gate, const at::Tensor& up) {
  return at::gelu(gate, "tanh") * up;
}

at::Tensor gated_linear(const at::Tensor& x, const ops::LinearOf& gate, const ops::LinearOf& up,
                        bool gelu) {
  const std::vector<at::Tensor> both = reference::linears(x, {gate, up});
  return gelu ? reference::geglu(both[0], both[1]) : reference::swiglu(both[0], both[1]);
}

at::Tensor rope(const at::Tensor& x, const at::Tensor& positions, const at::Tensor& tables) {
  const std::int64_t half = x.size(-1) / 2;
  const at::Tensor angles = tables.index_select(0, positions).unsqueeze(1).to(x.scalar_type());
  const at::Tensor cosine = angles.narrow(-1, 0, half);
  const at::Tensor sine = angles.narrow(-1, half, half);
  const at::Tensor a = x.narrow(-1, 0, half);
  const at::Tensor b = x.narrow(-1, half, half);
  return at::cat({a * cosine - b * sine, b * cosine + a * sine}, -1);
}

at::Tensor rope_pairs(const at::Tensor& x, const at::Tensor& positions, const at::Tensor& tables) {
  const at::Tensor pairs = x.unflatten(-1, {-1, 2});  // [S, heads, H/2, 2]
  const at::Tensor turned = reference::rope(pairs.transpose(-1, -2).flatten(-2), positions, tables);
  return turned.unflatten(-1, {2, -1}).transpose(-1, -2).flatten(-2);
}

at::Tensor head_linear(const at::Tensor& x, const at::Tensor& w) {
  return at::matmul(x.transpose(0, 1), w).transpose(0, 1);
}

namespace {
at::Tensor router_scores(const at::Tensor& logits, const kernels::Routing& routing) {
  return routing.sigmoid ? logits.sigmoid() : logits.softmax(-1);
}
}  // namespace

at::Tensor choose_experts(const at::Tensor& logits, const at::Tensor& bias,
                          const kernels::Routing& routing) {
  at::Tensor scores = router_scores(logits.detach(), routing);
  if (bias.defined()) scores = scores + bias;
  if (routing.kept_groups < routing.groups) {
    const at::Tensor grouped = scores.unflatten(-1, {routing.groups, -1});
    const at::Tensor sums = std::get<0>(grouped.topk(2)).sum(-1);
    const at::Tensor kept = std::get<1>(sums.topk(routing.kept_groups));
    const at::Tensor hidden = at::ones_like(sums, at::kBool).scatter(1, kept, false);
    scores = grouped.masked_fill(hidden.unsqueeze(-1), -INFINITY).flatten(-2);
  }
  const at::Tensor chosen = std::get<1>(scores.topk(routing.chosen));
  return std::get<0>(chosen.sort(-1)).to(at::kInt);
}

at::Tensor expert_weights(const at::Tensor& logits, const at::Tensor& experts,
                          const kernels::Routing& routing) {
  at::Tensor weights = router_scores(logits, routing).gather(1, experts.to(at::kLong));
  if (routing.normalize) weights = weights / (weights.sum(-1, /*keepdim=*/true) + 1e-20);
  return weights * routing.factor;
}

at::Tensor mix_slots(const at::Tensor& x, const at::Tensor& slots, const at::Tensor& weights) {
  const at::Tensor rows = x.index_select(0, slots.flatten()).unflatten(0, slots.sizes());
  return (rows * weights.unsqueeze(-1)).sum(1);
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     const std::vector<Segment>& segments, const ops::AttentionOptions& options) {
  const std::int64_t repeat = q.size(1) / k.size(1);
  const double scale =
      options.scale > 0 ? options.scale : 1.0 / std::sqrt(static_cast<double>(q.size(2)));
  std::vector<at::Tensor> outputs;
  for (const Segment& segment : segments) {
    at::Tensor keys = k.narrow(0, segment.start, segment.length);
    at::Tensor values = v.narrow(0, segment.start, segment.length);
    std::int64_t seen = 0;
    if (segment.prefix >= 0) {
      const Segment& prefix = segments[segment.prefix];
      keys = at::cat({k.narrow(0, prefix.start, prefix.length), keys});
      values = at::cat({v.narrow(0, prefix.start, prefix.length), values});
      seen = prefix.length;
    }
    keys = keys.repeat_interleave(repeat, 1).transpose(0, 1);      // [N, T, H]
    values = values.repeat_interleave(repeat, 1).transpose(0, 1);  // [N, T, H]
    const at::Tensor queries = q.narrow(0, segment.start, segment.length).transpose(0, 1);
    const at::Tensor all = at::ones({segment.length, seen + segment.length}, at::kBool);
    at::Tensor hidden = all.triu(seen + 1);
    if (options.window > 0) hidden = hidden.logical_or(all.tril(seen - options.window));
    at::Tensor scores = at::matmul(queries, keys.transpose(1, 2)).mul(scale);
    if (options.softcap > 0) scores = capped(scores, options.softcap);
    const at::Tensor weights = scores.masked_fill(hidden, -INFINITY).softmax(-1);
    outputs.push_back(at::matmul(weights, values).transpose(0, 1));
  }
  return at::cat(outputs);
}

at::Tensor round_to_bf16(const at::Tensor& x) {
  return x + (x.to(at::kFloat).to(at::kBFloat16).to(x.scalar_type()) - x).detach();
}

ops::Logprobs logprobs(const at::Tensor& hidden, const at::Tensor& head, const at::Tensor& targets,
                       double temperature, double softcap) {
  at::Tensor logits_SV = reference::linear(hidden, head);
  if (softcap > 0) logits_SV = capped(logits_SV, softcap);
  logits_SV = logits_SV / temperature;
  const at::Tensor logp_SV = logits_SV.log_softmax(-1);
  const at::Tensor chosen = logp_SV.gather(1, targets.to(at::kLong).unsqueeze(1)).squeeze(1);
  return {chosen, -(logp_SV.exp() * logp_SV).sum(-1), logp_SV.detach().amax(-1),
          logits_SV.detach().logsumexp(-1)};
}

}  // namespace hone::model::reference
