#pragma once

#include <ATen/core/Tensor.h>

#include "rl/presets.h"
#include "rl/stage.h"

namespace hone::rl {

/// PPO's clipped surrogate as a loss at each token: -min(ratio * A, clip(ratio) * A), where ratio =
/// exp(logp - old_logp) and clip keeps it within [1 - clip_low, 1 + clip_high]. Differentiable in
/// logp.
///
/// Shapes: logp, old_logp, advantage [S] -> [S]
/// Source: PPO, 1707.06347, eq. 7; with two bounds DAPO, 2503.14476, eq. 10.
at::Tensor clipped_surrogate(const at::Tensor& logp, const at::Tensor& old_logp,
                             const at::Tensor& advantage, double clip_low, double clip_high);

/// Sums over the tokens of a micro-batch that take part (weight not 0), added up over an optimizer
/// step: whatever the split, the step's means come out the same.
struct LossSums {
  double loss = 0;          // weighted: over a whole step, its loss
  double tokens = 0;        // that take part
  double kl = 0;            // k3 to the reference; 0 without one
  double clipped_low = 0;   // tokens with ratio < 1 - clip_low and A < 0
  double clipped_high = 0;  // tokens with ratio > 1 + clip_high and A > 0

  LossSums& operator+=(const LossSums& other);
};

/// A micro-batch's share of the step's loss.
struct PolicyLoss {
  at::Tensor loss;  // scalar: call backward on it
  LossSums sums;
};

/// sum over tokens of weight * (clipped surrogate + kl_coef * k3). The weights come from
/// token_weights over the whole optimizer step; a weight of 0 masks a token. ref_logp is looked at
/// only where kl_coef is not 0, and may be undefined otherwise.
///
/// Shapes: logp, old_logp, ref_logp, advantage, weight [S], all of one floating-point type
/// Source: GRPO, 2402.03300, eq. 3.
PolicyLoss policy_loss(const LossPieces& pieces, const at::Tensor& logp, const at::Tensor& old_logp,
                       const at::Tensor& ref_logp, const at::Tensor& advantage,
                       const at::Tensor& weight);

/// loss, clip_ratio/{low,high,region}_mean and, with a KL, kl, as means over a step's tokens.
Metrics loss_metrics(const LossPieces& pieces, const LossSums& sums);

}  // namespace hone::rl
