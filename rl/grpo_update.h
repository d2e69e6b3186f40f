#pragma once

#include <vector>

#include "rl/entropy.h"
#include "rl/grpo.h"
#include "rl/optimizer.h"
#include "rl/policy.h"
#include "rl/stage.h"
#include "rollout/rollout.h"

namespace hone::rl {

/// Values of every completion token of a rollout.
struct TokenValues {
  std::vector<float> logp;
  std::vector<float> entropy;
};

/// What a model says of each rollout, at the temperature they are trained on; no gradients.
std::vector<TokenValues> token_values(const model::Decoder& decoder,
                                      const std::vector<rollout::Rollout>& rollouts,
                                      const GrpoConfig& config);

/// What an optimizer step looks at. The rollouts' advantages are set.
struct PolicyUpdate {
  const Policy& policy;
  const model::Decoder* reference;          // looked at only where the loss has a KL
  std::vector<rollout::Rollout>& rollouts;  // kept activations are used up
  const GrpoConfig& config;
  /// Of the policy before the first update on these rollouts; empty: it sampled them.
  std::vector<TokenValues> old = {};
};

/// One optimizer step of the policy loss; the adaptive entropy bonus goes on by one step. Where no
/// gradient can come from, such as a group with equal rewards, there is no backward pass. Gives
/// what loss_metrics() does, and entropy, entropy_coef, grad_norm, learning_rate and
/// sampling/sampling_logp_difference/{mean,max}, as means over all tokens of the step. Throws:
/// GuardError naming the tensor for a non-finite loss or gradient; nothing has changed then.
Metrics policy_step(const PolicyUpdate& update, AdamW& optimizer, EntropyControl& entropy,
                    double learning_rate);

}  // namespace hone::rl
