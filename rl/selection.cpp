#include "rl/selection.h"

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "rl/scoring.h"

namespace hone::rl {
namespace {

using rollout::Rollout;

/// A reason to drop a sample. Those that look at the samples kept so far come last.
struct Reason {
  std::string name;
  std::function<bool(const Rollout& sample)> holds;
};

Reason below(const RewardFilter& filter) {
  const std::shared_ptr<const rewards::Reward> reward = rewards::make_reward(filter.config);
  return {"filters/" + filter_name(filter), [reward, min = filter.min](const Rollout& sample) {
            const rewards::Score score = reward->score(sample_of(sample));
            return score.status == rewards::Status::kAbstain || score.value < min;
          }};
}

std::vector<Reason> reasons_of(const SelectionConfig& config) {
  std::vector<Reason> reasons = {
      {"truncated",
       [&config](const Rollout& sample) {
         return config.drop_truncated && sample.finish == rollout::Finish::kLength;
       }},
      {"min_reward",
       [&config](const Rollout& sample) { return sample.reward < config.min_reward; }},
      {"min_length",
       [&config](const Rollout& sample) { return sample.completion_length() < config.min_length; }},
      {"max_length",
       [&config](const Rollout& sample) {
         return config.max_length > 0 && sample.completion_length() > config.max_length;
       }},
      {"max_repetition", [&config](const Rollout& sample) {
         return config.max_repetition < 1 &&
                rewards::repeated_share(sample_of(sample), config.repetition_unit,
                                        config.repetition_size) > config.max_repetition;
       }}};
  for (const RewardFilter& filter : config.filters) reasons.push_back(below(filter));
  return reasons;
}

}  // namespace

std::string filter_name(const RewardFilter& filter) {
  return rewards::reward_name({filter.config, 1.0, filter.name});
}

std::int64_t Selection::dropped_as(const std::string& reason) const {
  for (const auto& [name, count] : dropped) {
    if (name == reason) return count;
  }
  return 0;
}

std::string Selection::dropped_text() const {
  std::string text;
  for (const auto& [name, count] : dropped) {
    if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + name;
  }
  return text.empty() ? "none" : text;
}

Selection select_samples(std::vector<Rollout> samples, const SelectionConfig& config) {
  std::vector<Reason> reasons = reasons_of(config);
  std::set<std::vector<std::int32_t>> seen;
  reasons.push_back({"duplicate", [&](const Rollout& sample) {
                       return config.drop_duplicates && !seen.insert(sample.tokens).second;
                     }});
  std::map<std::uint64_t, std::int64_t> kept_of;
  reasons.push_back({"max_per_problem", [&](const Rollout& sample) {
                       return config.max_per_problem > 0 &&
                              ++kept_of[sample.problem] > config.max_per_problem;
                     }});

  Selection selection;
  for (const Reason& reason : reasons) selection.dropped.emplace_back(reason.name, 0);
  for (Rollout& sample : samples) {
    std::size_t i = 0;
    while (i < reasons.size() && !reasons[i].holds(sample)) ++i;
    if (i < reasons.size()) {
      ++selection.dropped[i].second;
    } else {
      selection.kept.push_back(std::move(sample));
    }
  }
  return selection;
}

}  // namespace hone::rl
