#include "rl/surrogate.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/where.h>

#include <cmath>

namespace hone::rl {
namespace {

/// One number where the condition holds, another elsewhere, of the type of `like`.
at::Tensor choose(const at::Tensor& condition, double yes, double no, const at::Tensor& like) {
  return at::where(condition, at::full_like(like, yes), at::full_like(like, no));
}

}  // namespace

at::Tensor clipped_surrogate(const LossPieces& pieces, const at::Tensor& ratio,
                             const at::Tensor& advantage) {
  const at::Tensor clipped = at::clamp(ratio, 1.0 - pieces.clip_low, 1.0 + pieces.clip_high);
  const at::Tensor capped =
      pieces.dual_clip_positive ? ratio.clamp_max(*pieces.dual_clip_positive) : ratio;
  const at::Tensor loss = -at::minimum(capped * advantage, clipped * advantage);
  if (!pieces.dual_clip) return loss;
  return at::where(advantage < 0, at::minimum(loss, -*pieces.dual_clip * advantage), loss);
}

at::Tensor cispo_surrogate(const LossPieces& pieces, const at::Tensor& ratio,
                           const at::Tensor& advantage, const at::Tensor& logp) {
  return -ratio.clamp_max(pieces.clip_high).detach() * advantage * logp;
}

at::Tensor sapo_surrogate(const LossPieces& pieces, const at::Tensor& ratio,
                          const at::Tensor& advantage) {
  const at::Tensor tau = choose(advantage > 0, pieces.sapo_temperature_pos,
                                pieces.sapo_temperature_neg, ratio.detach());
  return -(tau * (ratio - 1)).sigmoid() * 4 / tau * advantage;
}

VespoSurrogate vespo_surrogate(const LossPieces& pieces, const TokenRows& rows,
                               const at::Tensor& log_ratio, const at::Tensor& log_weights,
                               const at::Tensor& advantage, const at::Tensor& logp) {
  constexpr double kMost = 20.0;
  const double least = std::log(1e-8);
  const at::Tensor ratio = log_ratio.detach();
  at::Tensor log_w = rows.spread(rows.sum(at::clamp(ratio, -kMost, kMost)));
  if (log_weights.defined()) {
    log_w = log_w + rows.spread(rows.sum(at::clamp(log_weights, least, kMost)));
  }
  log_w = at::clamp(log_w, least, kMost);
  const at::Tensor good = advantage >= 0;
  const at::Tensor k = choose(good, pieces.vespo_k_pos, pieces.vespo_k_neg, log_w);
  const at::Tensor lambda =
      choose(good, pieces.vespo_lambda_pos, pieces.vespo_lambda_neg, log_w).clamp_min(1e-4);
  const at::Tensor phi =
      (lambda + k * log_w - lambda * log_w.exp()).exp().nan_to_num(0.0, 0.0, 0.0);
  return {-phi * advantage * logp, phi};
}

at::Tensor gmpo_surrogate(const LossPieces& pieces, const TokenRows& acting,
                          const at::Tensor& log_ratio, const at::Tensor& advantage) {
  const at::Tensor clipped = at::where(advantage > 0, log_ratio.clamp_max(pieces.clip_high),
                                       log_ratio.clamp_min(-pieces.clip_low));
  return -acting.spread(acting.mean(clipped).exp()) * advantage;
}

at::Tensor reinforce_surrogate(const at::Tensor& advantage, const at::Tensor& logp) {
  return -advantage * logp;
}

}  // namespace hone::rl
