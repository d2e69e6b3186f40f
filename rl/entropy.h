#pragma once

#include <limits>
#include <vector>

#include "rl/loss_config.h"

namespace hone::rl {

/// What a whole optimizer step's entropies decide, known before its first micro-batch.
struct EntropyShare {
  double threshold = -std::numeric_limits<double>::infinity();  // tokens below are not trained on
  double bonus = 0;  // weight of each acting token's entropy: coefficient / acting tokens
};

/// The q-quantile, linear between neighbours as numpy and torch have it. Throws:
/// std::invalid_argument for no values.
double quantile(std::vector<double> values, double q);

/// The share for a step of these entropies [nats] of all tokens that take part, under `coefficient`
/// for the bonus.
/// Source: tokens of high entropy: 2506.01939, section 5, as TRL's top_entropy_quantile.
EntropyShare entropy_share(const LossPieces& pieces, const std::vector<double>& entropies,
                           double coefficient);

/// The coefficient of the entropy bonus: fixed, or steered towards a target. Saved with the run.
/// Source: Skywork-OR1, 2505.22312, section 4, with TRL's names and defaults.
struct EntropyControl {
  double coefficient = 0;
  double last_entropy = std::numeric_limits<double>::infinity();  // of the step before; none yet

  /// What counts in the next step: 0 where the last entropy was above the target.
  double applied(const LossPieces& pieces) const;
  /// After a step whose acting tokens had this mean entropy.
  void update(const LossPieces& pieces, double mean_entropy);
};

}  // namespace hone::rl
