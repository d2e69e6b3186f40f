#include "rl/scoring.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <limits>
#include <span>
#include <thread>
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

/// Calls f(i) for all i < count on threads that wait for other programs, so none of those that
/// compute; the first exception is thrown on once all have ended.
template <class F>
void side_by_side(std::size_t count, F f) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) f(i);
  };
  const std::size_t threads =
      std::min<std::size_t>(count, std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::future<void>> running;
  for (std::size_t t = 0; t < threads; ++t) running.push_back(std::async(std::launch::async, work));
  for (std::future<void>& one : running) one.wait();
  for (std::future<void>& one : running) one.get();
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
  std::vector<rewards::Sample> samples;
  for (const rollout::Rollout& rollout : rollouts) samples.push_back(sample_of(rollout));
  std::vector<std::vector<rewards::Score>> scores(rollouts.size());
  for (std::vector<rewards::Score>& of_sample : scores) of_sample.resize(seconds.size());
  for (std::size_t reward = 0; reward < seconds.size(); ++reward) {
    const Stopwatch clock;
    const auto judge = [&](std::size_t first, std::size_t end) {
      auto own = rewards.verdicts(reward, std::span(samples).subspan(first, end - first));
      for (std::size_t i = first; i < end; ++i) scores[i][reward] = std::move(own[i - first]);
    };
    if (rewards.runs_programs(reward)) {
      side_by_side(rollouts.size(), [&](std::size_t i) { judge(i, i + 1); });
    } else {
      for (std::size_t first = 0; first < rollouts.size();) {
        const std::size_t end = group_end(rollouts, first);
        judge(first, end);
        first = end;
      }
    }
    seconds[reward] = clock.seconds();
  }
  for (std::size_t i = 0; i < rollouts.size(); ++i) {
    record(rollouts[i], rewards.sum(std::move(scores[i])));
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
