#pragma once

#include <vector>

#include "model/decoder.h"
#include "rl/grpo.h"
#include "rollout/rollout.h"

namespace hone::rl {

/// Moves the reference towards the policy: (1 - alpha) reference + alpha policy; 1 copies it.
/// Source: TR-DPO, 2404.09656, soft and hard updates; DeepSeek-R1, 2501.12948, every 400 steps.
void sync_reference(model::Decoder& reference, const model::Decoder& policy, double alpha);

/// The KL of each rollout to the reference, summed over its tokens, at its sampled
/// log-probabilities: what a KL in the reward takes off, times kl_coef.
/// Source: RLOO, 2402.14740, as TRL's RLOOTrainer.
/// Differs: REINFORCE++ takes it off token by token, from the returns after each.
std::vector<double> completion_kls(const model::Decoder& reference,
                                   const std::vector<rollout::Rollout>& rollouts,
                                   const GrpoConfig& config);

}  // namespace hone::rl
