#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rewards/reward.h"
#include "rl/stage.h"
#include "rollout/rollout.h"

namespace hone::rl {

/// A step's scored rollouts, group after group, and what is known of them.
struct RolloutBatch {
  const std::vector<rollout::Rollout>& rollouts;
  const std::vector<std::string>& reward_names;  // in the order of Rollout::rewards
  /// What the verifier of the problems says of each, whatever is rewarded; empty: not known.
  const std::vector<rewards::Status>& verdicts;
  int group_size = 0;
  std::int64_t tokens_seen = 0;
  std::vector<double> reward_weights = {};  // in that order too; empty: shares are not told
};

/// What a batch of scored rollouts looks like: reward, reward_std (over the whole batch),
/// rewards/{name}/{mean,std}, rewards/{name}/abstained (verdicts that could not be given: a broken
/// reference or verifier shows here, not as a reward of 0), rewards/{name}/share (of the sum of the
/// rewards' weighted sizes: what the policy is mostly paid or punished for; NaN where all are 0),
/// rewards/abstained (of all rewards together), frac_reward_zero_std (share of groups
/// without a difference), completions/{mean,min,max}_length,
/// completions/{mean,min,max}_terminated_length (0 where none ended by itself),
/// completions/clipped_ratio, and num_tokens, which is tokens_seen. A mean of rewards that were all
/// abstained from is NaN.
/// Besides: rollouts/mixed_groups (the other groups' share), rollouts/distinct_answers (answers of
/// a group that differ by answer_key(), mean; no answer is none), completions/reflection_words (of
/// one completion, mean), and completions/mean_length_{right,wrong}, each where there is one.
/// Throws: std::invalid_argument for parts of groups, or another number of rewards than of names,
/// or of verdicts than of rollouts.
/// Source: TRL's GRPOTrainer, names and definitions; the words: DeepSeek-R1 (2501.12948).
/// Differs: frac_reward_zero_std looks at groups also where advantages are scaled by the batch; a
/// deviation of one value is 0, in TRL NaN.
Metrics rollout_metrics(const RolloutBatch& batch);

/// Adds time/rewards/{name}: what each reward took for one of `samples`, as a mean.
/// Units: seconds.
void add_reward_times(Metrics& metrics, const std::vector<std::string>& names,
                      const std::vector<double>& seconds, std::int64_t samples);

/// Tokens of prompts and completions, a prompt counted once for each of its completions, as in TRL.
std::int64_t count_tokens(const std::vector<rollout::Rollout>& rollouts);

}  // namespace hone::rl
