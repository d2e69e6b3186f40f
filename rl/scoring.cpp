#include "rl/scoring.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <limits>
#include <thread>

namespace hone::rl {

rewards::Sample sample_of(const rollout::Rollout& rollout) {
  return {
      rollout.prompt,   rollout.completion,          rollout.answer,
      rollout.metadata, rollout.completion_length(), rollout.finish == rollout::Finish::kLength};
}

namespace {

void score_rollout(const rewards::RewardSum& rewards, rollout::Rollout& rollout) {
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

}  // namespace

void score_rollouts(const rewards::RewardSum& rewards, std::vector<rollout::Rollout>& rollouts) {
  if (!rewards.runs_programs()) {
    for (rollout::Rollout& rollout : rollouts) score_rollout(rewards, rollout);
    return;
  }
  // Threads that wait for other programs, so none of those that compute; the first exception is
  // thrown on once all have ended.
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < rollouts.size(); i = next++) {
      score_rollout(rewards, rollouts[i]);
    }
  };
  const std::size_t threads =
      std::min<std::size_t>(rollouts.size(), std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::future<void>> running;
  for (std::size_t t = 0; t < threads; ++t) running.push_back(std::async(std::launch::async, work));
  for (std::future<void>& one : running) one.wait();
  for (std::future<void>& one : running) one.get();
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
