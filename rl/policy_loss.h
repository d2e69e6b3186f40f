#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "rl/entropy.h"
#include "rl/loss_config.h"
#include "rl/stage.h"

namespace hone::rl {

/// A micro-batch of whole completions, their tokens one behind the other; all [S] of one
/// floating-point type.
struct LossInputs {
  std::vector<std::int64_t> lengths;  // tokens of each completion, adding up to S
  at::Tensor logp;                    // of the policy: what is differentiated
  at::Tensor old_logp;                // of the policy at the start of the step
  at::Tensor sampling_logp;           // of what sampled; undefined: old_logp
  at::Tensor ref_logp;                // looked at only for a KL in the loss
  at::Tensor entropy;  // looked at only where a piece needs it; else may be undefined
  at::Tensor advantage;
  at::Tensor weight;  // token_weights() of the whole step; 0 masks a token
};

/// Sums over the tokens of a micro-batch that take part (weight not 0), added up over an optimizer
/// step: whatever the split, the step's means come out the same.
struct LossSums {
  static constexpr double kNone = std::numeric_limits<double>::infinity();

  double loss = 0;            // weighted: over a whole step, its loss
  double policy_loss = 0;     // the same without the entropy bonus
  double tokens = 0;          // that take part
  double rows = 0;            // completions
  double kl = 0;              // to the reference; 0 without one
  double entropy = 0;         // of all tokens
  double acting_tokens = 0;   // whose entropy is above the step's threshold
  double acting_entropy = 0;  // of those
  double units = 0;           // tokens, or completions where the ratio is a completion's
  double clipped_low = 0;     // units with ratio < 1 - clip_low and A < 0
  double clipped_high = 0;    // units with ratio > 1 + clip_high (cispo: > clip_high) and A > 0
  double low_min = kNone;     // lowest share of a completion's units that are clipped low
  double high_max = -kNone;   // highest share that are clipped high
  double phi = 0;             // vespo's weights, a completion each
  double weights = 0;         // importance weights
  double weight_min = kNone;
  double weight_max = -kNone;

  LossSums& operator+=(const LossSums& other);
};

/// A micro-batch's share of the step's loss.
struct PolicyLoss {
  at::Tensor loss;  // scalar: call backward on it
  LossSums sums;
};

/// The loss of a step, or a micro-batch's share of it: sum over tokens of weight * (surrogate,
/// masked and weighted as the pieces say, + kl_coef * KL), less the entropy bonus.
///
/// Source: GRPO, 2402.03300, eq. 3; each piece names its own.
PolicyLoss policy_loss(const LossPieces& pieces, const LossInputs& inputs,
                       const EntropyShare& entropy = {});

/// loss; kl, clip_ratio/*, cispo_clip_ratio, vespo/phi_seq_mean, policy_loss and
/// sampling/importance_sampling_ratio/* where the pieces have them; means over the step.
/// Source: TRL's names and definitions.
Metrics loss_metrics(const LossPieces& pieces, const LossSums& sums);

}  // namespace hone::rl
