#include "rl/scoring.h"

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
    for (const rewards::Score& score : breakdown.scores) {
      rollout.rewards.push_back(score.value);
      rollout.details.push_back(score.detail);
    }
    rollout.abstained = breakdown.abstained;
  }
}

}  // namespace hone::rl
