#pragma once

#include <vector>

#include "rewards/rewards.h"
#include "rollout/rollout.h"

namespace hone::rl {

/// What a reward is shown of a rollout. Views into it.
rewards::Sample sample_of(const rollout::Rollout& rollout);

/// Wall-clock seconds that each reward took, in their order.
using RewardSeconds = std::vector<double>;

/// Fills in every rollout's rewards, their reasons and the weighted sum of those that did not
/// abstain. The samples of a problem stand one behind the other, and are judged together; rewards
/// that run programs judge as many side by side as there are processors.
RewardSeconds score_rollouts(const rewards::RewardSum& rewards,
                             std::vector<rollout::Rollout>& rollouts);

/// What a verifier says of each rollout.
std::vector<rewards::Status> verdicts_of(const rewards::Reward& verifier,
                                         const std::vector<rollout::Rollout>& rollouts);

/// The weighted sum of a rollout; NaN where every reward abstained, so that it means nothing.
double reward_of(const rollout::Rollout& rollout);
std::vector<double> rewards_of(const std::vector<rollout::Rollout>& rollouts);

}  // namespace hone::rl
