#include "rl/preflight.h"

#include <algorithm>
#include <cstdio>

#include "rl/advantage.h"
#include "rl/scoring.h"
#include "rollout/rollout.h"

namespace hone::rl {

namespace {

/// The best weighted sum that the rewards which judged this rollout can give.
double best_reward(const rollout::Rollout& rollout, const std::vector<double>& weights) {
  double best = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!rollout.abstained[i]) best += std::max(weights[i], 0.0);
  }
  return best;
}

}  // namespace

PreflightResult preflight(const std::vector<rollout::Rollout>& rollouts, std::int64_t group_size,
                          const std::vector<double>& weights) {
  PreflightResult result;
  std::vector<double> rewards;
  std::int64_t solved_groups = 0;
  for (std::size_t i = 0; i < rollouts.size(); i += group_size) {
    bool any = false;
    for (std::int64_t j = 0; j < group_size; ++j) {
      const rollout::Rollout& r = rollouts[i + j];
      const bool right = reward_of(r) >= best_reward(r, weights);
      any = any || right;
      result.pass_at_1 += right;
      result.truncated += r.finish == rollout::Finish::kLength;
      rewards.push_back(reward_of(r));
    }
    solved_groups += any;
  }
  const double count = static_cast<double>(rollouts.size());
  const double groups = count / static_cast<double>(group_size);
  for (const bool mixed : mixed_groups(rewards, static_cast<int>(group_size))) {
    result.mixed_groups += mixed;
  }
  result.pass_at_1 /= count;
  result.truncated /= count;
  result.pass_at_group = static_cast<double>(solved_groups) / groups;
  result.mixed_groups /= groups;
  return result;
}

std::string describe(const PreflightResult& result, std::int64_t group_size) {
  char text[256];
  std::snprintf(text, sizeof text,
                "starting model: pass@1 %.3f, pass@%lld %.3f, groups with mixed rewards %.3f, "
                "cut off at the limit %.3f",
                result.pass_at_1, static_cast<long long>(group_size), result.pass_at_group,
                result.mixed_groups, result.truncated);
  return text;
}

}  // namespace hone::rl
