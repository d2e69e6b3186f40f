#include "rl/reward_audit.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "rl/clock.h"

namespace hone::rl {
namespace {

constexpr std::int64_t kProblems = 128;
constexpr double kSeconds = 5;
constexpr double kSlow = 0.01;  // seconds a completion

/// The faster one of two completions, as the first may have to load something.
double seconds_of_one(const rewards::Reward& reward, const rewards::BlindPolicy& policy,
                      const std::vector<rewards::AuditProblem>& asked) {
  double least = kSeconds;
  for (int i = 0; i < 2; ++i) {
    const Stopwatch clock;
    rewards::pay(reward, policy, {asked.begin(), asked.begin() + 1});
    least = std::min(least, clock.seconds());
  }
  return least;
}

bool pays_for_mentions(const rewards::RewardConfig& config) {
  const auto* answer = std::get_if<rewards::AnswerConfig>(&config);
  const auto* task = std::get_if<rewards::TaskRewardConfig>(&config);
  return (answer != nullptr && answer->reading == rewards::Reading::kMentioned) ||
         (task != nullptr && task->reading == rewards::Reading::kMentioned);
}

std::string sentence(const std::string& name, const rewards::AuditRow& row, double bound) {
  std::array<char, 64> paid{}, most{};
  std::snprintf(paid.data(), paid.size(), " pays %.2f on average over %lld problems", row.mean,
                static_cast<long long>(row.judged));
  std::snprintf(most.data(), most.size(), "more than the %.2f", bound);
  return "warning: the reward " + name + paid.data() +
         " to a model that always gives one answer (" + row.name + "), " + most.data() +
         " that guessing should: that answer may be all that is learned; see `hone reward audit`";
}

}  // namespace

std::vector<rewards::AuditProblem> audit_problems(const rollout::ProblemSource& problems,
                                                  std::int64_t count) {
  if (problems.size() > 0) count = std::min(count, static_cast<std::int64_t>(problems.size()));
  std::vector<rewards::AuditProblem> first;
  for (std::int64_t i = 0; i < count; ++i) {
    rollout::Problem problem = problems.at(static_cast<std::uint64_t>(i));
    first.push_back(
        {std::move(problem.prompt), std::move(problem.answer), std::move(problem.metadata)});
  }
  return first;
}

std::vector<std::string> blind_reward_notes(const std::vector<rewards::WeightedReward>& rewards,
                                            const rollout::ProblemSource& problems) {
  const auto asked = audit_problems(problems, kProblems);
  const double bound = rewards::blind_bound(asked);
  const auto policies = rewards::constant_policies(asked);
  std::vector<std::string> notes;
  for (const rewards::WeightedReward& reward : rewards) {
    if (reward.weight <= 0 || rewards::ignores_answer(reward.config)) continue;
    if (pays_for_mentions(reward.config)) {
      notes.push_back("warning: the reward " + rewards::reward_name(reward) +
                      " pays every completion that mentions the answer, so that listing many could "
                      "be all that is learnt; reading = \"mentioned\" is for measuring");
    }
    const auto judge = rewards::make_reward(reward.config);
    if (seconds_of_one(*judge, policies.front(), asked) > kSlow) continue;
    std::optional<rewards::AuditRow> most;
    const Stopwatch clock;
    for (const rewards::BlindPolicy& policy : policies) {
      const rewards::AuditRow row = rewards::pay(*judge, policy, asked);
      if (rewards::pays_blindly(row, bound) && (!most || row.mean > most->mean)) most = row;
      if (clock.seconds() > kSeconds) break;
    }
    if (most) notes.push_back(sentence(rewards::reward_name(reward), *most, bound));
  }
  return notes;
}

}  // namespace hone::rl
