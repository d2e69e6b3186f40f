#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rewards/audit.h"
#include "rewards/rewards.h"
#include "rollout/problems.h"

namespace hone::rl {

/// The first problems of a source, all of a small one.
std::vector<rewards::AuditProblem> audit_problems(const rollout::ProblemSource& problems,
                                                  std::int64_t count);

/// A sentence about each reward that pays one and the same answer to every problem more than a
/// guess is worth (rewards/audit.h): a policy could learn that answer, and nothing else; and about
/// each that pays for a mention of the answer. Rewards of
/// form are not looked at, as they pay everybody; neither are those that take more than 10 ms a
/// completion. The others are asked for 5 s at most.
std::vector<std::string> blind_reward_notes(const std::vector<rewards::WeightedReward>& rewards,
                                            const rollout::ProblemSource& problems);

}  // namespace hone::rl
