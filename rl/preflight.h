#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rewards/rewards.h"

namespace hone::rollout {
struct Rollout;
}

namespace hone::rl {

/// Before RL starts: can it learn anything from this model on these problems?
struct PreflightConfig {
  bool enabled = true;
  std::int64_t problems = 64;
  double min_mixed_groups = 0.05;

  template <class V>
  void fields(V& v) {
    v("enabled", enabled, "measure the starting model first, and refuse what cannot work");
    v("problems", problems, "problems measured, a group each", 1, 1 << 20);
    v("min_mixed_groups", min_mixed_groups,
      "stop if in fewer groups than this share the rewards differ", 0.0, 1.0);
  }
};

/// What a group of rollouts a problem says about a starting model.
struct PreflightResult {
  double pass_at_1 = 0;      // share of rollouts with the best reward there is
  double pass_at_group = 0;  // share of groups with at least one
  double mixed_groups = 0;   // share of groups whose rewards differ
  double truncated = 0;      // share of rollouts cut off at the limit
};

/// `weights` are the rewards' own. Solved is what reaches all that is positive among the rewards
/// that did not abstain.
PreflightResult preflight(const std::vector<rollout::Rollout>& rollouts, std::int64_t group_size,
                          const std::vector<double>& weights);

/// Which completions have no answer that a reward could judge, what its other readings would find,
/// and how the recipe asks for them. Empty where every completion has an answer, or no reward has
/// a `reading`.
std::string unread_note(const std::vector<rollout::Rollout>& rollouts,
                        const std::vector<rewards::WeightedReward>& rewards);

/// One line for a person.
std::string describe(const PreflightResult& result, std::int64_t group_size);

}  // namespace hone::rl
