#include "rl/preflight.h"

#include <algorithm>
#include <cstdio>

#include "rewards/text.h"
#include "rl/advantage.h"
#include "rl/no_answer.h"
#include "rl/scoring.h"
#include "rollout/rollout.h"

namespace hone::rl {

namespace {

constexpr std::size_t kExamples = 2;
constexpr std::size_t kShownBytes = 120;

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

std::string unread_note(const std::vector<rollout::Rollout>& rollouts,
                        const std::vector<rewards::WeightedReward>& rewards) {
  for (const rewards::WeightedReward& reward : rewards) {
    const auto unread = explain_no_answer(rollouts, reward);
    if (!unread) continue;
    const std::string name = rewards::reward_name(reward);
    const std::string text = describe(*unread, [&](const std::string& reading) {
      return "reading = \"" + reading + "\" of the reward " + name;
    });
    if (text.empty()) continue;
    std::string note = "reward " + name + ": " + text;
    for (std::size_t i = 0; i < std::min(kExamples, unread->without.size()); ++i) {
      note += (i == 0 ? "; e.g. " : ", ") +
              rewards::shown(rollouts[unread->without[i]].completion, kShownBytes);
    }
    return note;
  }
  return {};
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
