#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rl/stage.h"
#include "rollout/rollout.h"

namespace hone::rl {

/// What a batch of scored rollouts looks like: reward, reward_std (over the whole batch),
/// rewards/{name}/{mean,std}, rewards/abstained (verdicts that could not be given: a broken
/// reference or verifier shows here, not as a reward of 0), frac_reward_zero_std (share of groups
/// without a difference), completions/{mean,min,max}_length,
/// completions/{mean,min,max}_terminated_length (0 where none ended by itself),
/// completions/clipped_ratio, and num_tokens, which is tokens_seen. The rollouts stand group after
/// group; reward_names are in the order of Rollout::rewards. Throws: std::invalid_argument for
/// parts of groups, or another number of rewards than of names. Source: TRL's GRPOTrainer, names
/// and definitions. Differs: frac_reward_zero_std looks at groups also where advantages are scaled
/// by the batch.
Metrics rollout_metrics(const std::vector<rollout::Rollout>& rollouts,
                        const std::vector<std::string>& reward_names, int group_size,
                        std::int64_t tokens_seen);

/// Tokens of prompts and completions, a prompt counted once for each of its completions, as in TRL.
std::int64_t count_tokens(const std::vector<rollout::Rollout>& rollouts);

}  // namespace hone::rl
