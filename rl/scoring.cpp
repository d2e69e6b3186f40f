#include "rl/scoring.h"

#include <algorithm>
#include <limits>

namespace hone::rl {

rewards::Sample sample_of(const rollout::Rollout& rollout) {
  return {
      rollout.prompt,   rollout.completion,          rollout.answer,
      rollout.metadata, rollout.completion_length(), rollout.finish == rollout::Finish::kLength};
}

void score_rollouts(const rewards::RewardSum& rewards, std::vector<rollout::Rollout>& rollouts) {
  for (rollout::Rollout& rollout : rollouts) {
    const rewards::Breakdown breakdown = rewards.score(sample_of(rollout));
    rollout.reward = breakdown.total;
    rollout.rewards.clear();
    rollout.details.clear();
    rollout.abstained.clear();
    for (const rewards::Score& score : breakdown.scores) {
      rollout.abstained.push_back(score.status == rewards::Status::kAbstain);
      rollout.rewards.push_back(score.value);
      rollout.details.push_back(score.detail);
    }
  }
}

std::vector<rewards::Status> verdicts_of(const rewards::Reward& verifier,
                                         const std::vector<rollout::Rollout>& rollouts) {
  std::vector<rewards::Status> verdicts;
  for (const rollout::Rollout& r : rollouts) {
    verdicts.push_back(verifier.score(sample_of(r)).status);
  }
  return verdicts;
}

double reward_of(const rollout::Rollout& rollout) {
  const auto& abstained = rollout.abstained;
  const bool none =
      !abstained.empty() && std::find(abstained.begin(), abstained.end(), false) == abstained.end();
  return none ? std::numeric_limits<double>::quiet_NaN() : rollout.reward;
}

std::vector<double> rewards_of(const std::vector<rollout::Rollout>& rollouts) {
  std::vector<double> rewards;
  for (const rollout::Rollout& rollout : rollouts) rewards.push_back(reward_of(rollout));
  return rewards;
}

}  // namespace hone::rl
