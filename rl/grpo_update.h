#pragma once

#include <vector>

#include "rl/grpo.h"
#include "rl/optimizer.h"
#include "rl/policy.h"
#include "rl/stage.h"
#include "rollout/rollout.h"

namespace hone::rl {

/// One optimizer step of the policy loss on a batch of rollouts whose advantages are set.
/// `reference` is looked at only where the loss has a KL. Gives loss, clip_ratio/*, kl, entropy,
/// grad_norm, learning_rate and sampling/sampling_logp_difference/{mean,max}, as means over all
/// tokens of the step. Throws: GuardError naming the tensor for a non-finite loss or gradient;
/// nothing has changed then.
Metrics policy_step(const Policy& policy, const model::Decoder* reference, AdamW& optimizer,
                    const std::vector<rollout::Rollout>& rollouts, const GrpoConfig& config,
                    double learning_rate);

}  // namespace hone::rl
