#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rewards/rewards.h"
#include "rl/grpo.h"
#include "rl/policy.h"
#include "rl/replay.h"
#include "rl/scoring.h"
#include "rl/train_state.h"
#include "rollout/problems.h"

namespace hone::rl {

using Rollouts = std::vector<rollout::Rollout>;

/// What every part of a GRPO stage looks at; while it runs, only the policy's weights change.
struct GrpoRun {
  const GrpoConfig& config;
  const StageContext& stage;
  const Policy& policy;
  const rollout::ProblemSource& problems;
  const rewards::RewardSum& rewards;
  const rewards::Reward& verifier;  // of the problems: right or wrong, whatever is rewarded
  Replay* replay = nullptr;  // recorded rollouts, where they are trained on instead of new ones
  std::int64_t first_step =
      0;  // of this process, in which everything is computed twice and compared
};

/// What rollouts took.
struct RolloutCost {
  std::int64_t sampled = 0;      // those that dynamic sampling dropped included
  RewardSeconds reward_seconds;  // of each reward, on all of them; empty: none was given
};

/// `samples` scored completions for each of `count` problems of a source.
/// Throws: rollout::Stopped when the stage is asked to stop.
Rollouts sample(const GrpoRun& run, const rollout::ProblemSource& problems,
                std::uint64_t stream_step, std::uint64_t first, std::int64_t count,
                std::int64_t samples, RolloutCost* cost = nullptr,
                std::int64_t max_activation_bytes = 0);

/// The scored rollouts of one step, group after group: recorded ones where there is a replay, else
/// new ones. With dynamic sampling, groups whose rewards are all equal are replaced by groups of
/// the next problems (DAPO, 2503.14476, section 3.2); `cost` is added to.
/// Throws: as sample(); DataError for a record that is not as it was.
Rollouts rollouts_of_step(const GrpoRun& run, Progress& progress, std::int64_t policy_version,
                          RolloutCost& cost);

}  // namespace hone::rl
