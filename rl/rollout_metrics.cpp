#include "rl/rollout_metrics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <set>
#include <stdexcept>

#include "rewards/math/equal.h"
#include "rewards/math/extract.h"
#include "rewards/reflection.h"
#include "rl/advantage.h"
#include "rl/scoring.h"

namespace hone::rl {
namespace {

void add_lengths(Metrics& metrics, const std::string& suffix, const std::vector<double>& lengths) {
  const bool none = lengths.empty();
  metrics.emplace_back("completions/mean_" + suffix, moments(lengths).mean);
  metrics.emplace_back("completions/min_" + suffix,
                       none ? 0.0 : *std::min_element(lengths.begin(), lengths.end()));
  metrics.emplace_back("completions/max_" + suffix,
                       none ? 0.0 : *std::max_element(lengths.begin(), lengths.end()));
}

/// Of rewards that were given. Where none was, there is no mean: 0 would look like a bad one.
Moments given_moments(const std::vector<double>& values) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  return values.empty() ? Moments{kNone, kNone} : moments(values);
}

/// The mean over groups of how many different answers each holds.
double distinct_answers(const RolloutBatch& batch) {
  const auto group = static_cast<std::size_t>(batch.group_size);
  double distinct = 0;
  for (std::size_t first = 0; first < batch.rollouts.size(); first += group) {
    std::set<std::string> answers;
    for (std::size_t i = first; i < first + group; ++i) {
      const auto found = rewards::extract_answer(
          batch.rollouts[i].completion, rewards::opens_reasoning(batch.rollouts[i].prompt));
      answers.insert(rewards::answer_key(found.text));
    }
    answers.erase("");
    distinct += static_cast<double>(answers.size());
  }
  const auto groups = batch.rollouts.size() / group;
  return distinct / static_cast<double>(std::max<std::size_t>(1, groups));
}

double mean_reflection_words(const std::vector<rollout::Rollout>& rollouts) {
  double words = 0;
  for (const rollout::Rollout& r : rollouts) {
    words += static_cast<double>(rewards::count_reflection_words(r.completion));
  }
  return words / static_cast<double>(std::max<std::size_t>(1, rollouts.size()));
}

void add_shares(Metrics& metrics, const RolloutBatch& batch,
                const std::vector<std::vector<double>>& by_name) {
  if (batch.reward_weights.empty()) return;
  std::vector<double> sizes;
  for (std::size_t i = 0; i < by_name.size(); ++i) {
    double size = 0;
    for (const double value : by_name[i]) size += std::abs(batch.reward_weights.at(i) * value);
    sizes.push_back(size);
  }
  const double all = std::accumulate(sizes.begin(), sizes.end(), 0.0);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    metrics.emplace_back("rewards/" + batch.reward_names[i] + "/share", sizes[i] / all);
  }
}

/// Mean lengths of right and of wrong completions. What the verifier cannot tell is neither.
void add_lengths_by_verdict(Metrics& metrics, const RolloutBatch& batch) {
  std::vector<double> right, wrong;
  for (std::size_t i = 0; i < batch.verdicts.size(); ++i) {
    const rewards::Status verdict = batch.verdicts[i];
    if (verdict == rewards::Status::kAbstain) continue;
    (verdict == rewards::Status::kCorrect ? right : wrong)
        .push_back(batch.rollouts[i].completion_length());
  }
  if (!right.empty()) metrics.emplace_back("completions/mean_length_right", moments(right).mean);
  if (!wrong.empty()) metrics.emplace_back("completions/mean_length_wrong", moments(wrong).mean);
}

}  // namespace

Metrics rollout_metrics(const RolloutBatch& batch) {
  const std::vector<std::string>& names = batch.reward_names;
  if (!batch.verdicts.empty() && batch.verdicts.size() != batch.rollouts.size()) {
    throw std::invalid_argument("rollout_metrics: expected a verdict of every rollout");
  }
  std::vector<double> rewards, lengths, terminated;
  std::vector<std::vector<double>> by_name(names.size());
  std::vector<double> abstained(names.size());
  for (const rollout::Rollout& rollout : batch.rollouts) {
    if (rollout.rewards.size() != names.size()) {
      throw std::invalid_argument("rollout_metrics: a rollout's rewards do not match their names");
    }
    rewards.push_back(reward_of(rollout));
    for (std::size_t i = 0; i < by_name.size(); ++i) {
      const bool given = rollout.abstained.empty() || !rollout.abstained[i];
      if (given) by_name[i].push_back(rollout.rewards[i]);
      abstained[i] += !given;
    }
    lengths.push_back(rollout.completion_length());
    if (rollout.finish == rollout::Finish::kStop) terminated.push_back(lengths.back());
  }
  const std::vector<bool> mixed = mixed_groups(rewards, batch.group_size);
  const auto groups = static_cast<double>(std::max<std::size_t>(1, mixed.size()));
  const auto equal = static_cast<double>(std::count(mixed.begin(), mixed.end(), false));
  const auto clipped = static_cast<double>(lengths.size() - terminated.size());
  std::erase_if(rewards, [](double reward) { return std::isnan(reward); });
  const auto [reward_mean, reward_std] = given_moments(rewards);

  Metrics metrics = {{"reward", reward_mean}, {"reward_std", reward_std}};
  for (std::size_t i = 0; i < by_name.size(); ++i) {
    const auto [mean, std] = given_moments(by_name[i]);
    metrics.emplace_back("rewards/" + names[i] + "/mean", mean);
    metrics.emplace_back("rewards/" + names[i] + "/std", std);
    metrics.emplace_back("rewards/" + names[i] + "/abstained", abstained[i]);
  }
  add_shares(metrics, batch, by_name);
  metrics.emplace_back("rewards/abstained",
                       std::accumulate(abstained.begin(), abstained.end(), 0.0));
  metrics.emplace_back("frac_reward_zero_std", equal / groups);
  metrics.emplace_back("rollouts/mixed_groups",
                       (static_cast<double>(mixed.size()) - equal) / groups);
  metrics.emplace_back("rollouts/distinct_answers", distinct_answers(batch));
  add_lengths(metrics, "length", lengths);
  add_lengths(metrics, "terminated_length", terminated);
  add_lengths_by_verdict(metrics, batch);
  metrics.emplace_back("completions/clipped_ratio",
                       clipped / static_cast<double>(std::max<std::size_t>(1, lengths.size())));
  metrics.emplace_back("completions/reflection_words", mean_reflection_words(batch.rollouts));
  metrics.emplace_back("num_tokens", static_cast<double>(batch.tokens_seen));
  return metrics;
}

void add_reward_times(Metrics& metrics, const std::vector<std::string>& names,
                      const std::vector<double>& seconds, std::int64_t samples) {
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    metrics.emplace_back("time/rewards/" + names[i], seconds[i] / static_cast<double>(samples));
  }
}

std::int64_t count_tokens(const std::vector<rollout::Rollout>& rollouts) {
  std::int64_t count = 0;
  for (const rollout::Rollout& rollout : rollouts) {
    count += static_cast<std::int64_t>(rollout.tokens.size());
  }
  return count;
}

}  // namespace hone::rl
