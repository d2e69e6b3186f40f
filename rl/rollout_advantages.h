#pragma once

#include <vector>

#include "rewards/rewards.h"
#include "rl/grpo.h"
#include "rollout/rollout.h"

namespace hone::rl {

/// Sets every rollout's advantage from the rewards of its group; `kls` is what completion_kls()
/// gave, or empty where no KL counts in the reward.
void set_advantages(std::vector<rollout::Rollout>& rollouts, const rewards::RewardSum& rewards,
                    const std::vector<double>& kls, const GrpoConfig& config);

}  // namespace hone::rl
