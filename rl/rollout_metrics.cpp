#include "rl/rollout_metrics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>

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

}  // namespace

Metrics rollout_metrics(const std::vector<rollout::Rollout>& rollouts,
                        const std::vector<std::string>& reward_names, int group_size,
                        std::int64_t tokens_seen) {
  std::vector<double> rewards, lengths, terminated;
  std::vector<std::vector<double>> by_name(reward_names.size());
  double abstained = 0;
  for (const rollout::Rollout& rollout : rollouts) {
    if (rollout.rewards.size() != reward_names.size()) {
      throw std::invalid_argument("rollout_metrics: a rollout's rewards do not match their names");
    }
    rewards.push_back(reward_of(rollout));
    for (std::size_t i = 0; i < by_name.size(); ++i) {
      const bool given = rollout.abstained.empty() || !rollout.abstained[i];
      if (given) by_name[i].push_back(rollout.rewards[i]);
      abstained += !given;
    }
    lengths.push_back(rollout.completion_length());
    if (rollout.finish == rollout::Finish::kStop) terminated.push_back(lengths.back());
  }
  const std::vector<bool> mixed = mixed_groups(rewards, group_size);
  const auto equal = static_cast<double>(std::count(mixed.begin(), mixed.end(), false));
  const auto clipped = static_cast<double>(lengths.size() - terminated.size());
  std::erase_if(rewards, [](double reward) { return std::isnan(reward); });
  const auto [reward_mean, reward_std] = moments(rewards);

  Metrics metrics = {{"reward", reward_mean}, {"reward_std", reward_std}};
  for (std::size_t i = 0; i < by_name.size(); ++i) {
    const auto [mean, std] = moments(by_name[i]);
    metrics.emplace_back("rewards/" + reward_names[i] + "/mean", mean);
    metrics.emplace_back("rewards/" + reward_names[i] + "/std", std);
  }
  metrics.emplace_back("rewards/abstained", abstained);
  metrics.emplace_back("frac_reward_zero_std",
                       equal / static_cast<double>(std::max<std::size_t>(1, mixed.size())));
  add_lengths(metrics, "length", lengths);
  add_lengths(metrics, "terminated_length", terminated);
  metrics.emplace_back("completions/clipped_ratio",
                       clipped / static_cast<double>(std::max<std::size_t>(1, lengths.size())));
  metrics.emplace_back("num_tokens", static_cast<double>(tokens_seen));
  return metrics;
}

std::int64_t count_tokens(const std::vector<rollout::Rollout>& rollouts) {
  std::int64_t count = 0;
  for (const rollout::Rollout& rollout : rollouts) {
    count += static_cast<std::int64_t>(rollout.tokens.size());
  }
  return count;
}

}  // namespace hone::rl
