#include "rl/scoring.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "rl/clock.h"

namespace hone::rl {

namespace {

/// One past the last rollout of the group that begins at `first`: the samples of one problem.
std::size_t group_end(const std::vector<rollout::Rollout>& rollouts, std::size_t first) {
  std::size_t end = first + 1;
  while (end < rollouts.size() && rollouts[end].problem == rollouts[first].problem &&
         rollouts[end].sample > rollouts[end - 1].sample) {
    ++end;
  }
  return end;
}

void record(rollout::Rollout& rollout, const rewards::Breakdown& breakdown) {
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

}  // namespace

rewards::Sample sample_of(const rollout::Rollout& rollout) {
  rewards::Sample sample{
      rollout.prompt,   rollout.completion,          rollout.answer,
      rollout.metadata, rollout.completion_length(), rollout.finish == rollout::Finish::kLength};
  sample.completion_ids =
      std::span(rollout.tokens).subspan(static_cast<std::size_t>(rollout.prompt_length));
  return sample;
}

RewardSeconds score_rollouts(const rewards::RewardSum& rewards,
                             std::vector<rollout::Rollout>& rollouts) {
  RewardSeconds seconds(rewards.names().size());
  for (std::size_t first = 0; first < rollouts.size();) {
    const std::size_t end = group_end(rollouts, first);
    std::vector<rewards::Sample> group;
    for (std::size_t i = first; i < end; ++i) group.push_back(sample_of(rollouts[i]));
    std::vector<std::vector<rewards::Score>> by_sample(group.size());
    for (std::size_t reward = 0; reward < seconds.size(); ++reward) {
      const Stopwatch clock;
      std::vector<rewards::Score> scores = rewards.verdicts(reward, group);
      seconds[reward] += clock.seconds();
      for (std::size_t i = 0; i < group.size(); ++i) by_sample[i].push_back(std::move(scores[i]));
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
      record(rollouts[first + i], rewards.sum(std::move(by_sample[i])));
    }
    first = end;
  }
  return seconds;
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
