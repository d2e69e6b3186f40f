#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "rewards/rewards.h"
#include "rollout/rollout.h"

namespace hone::rl {

/// A reward that a sample must reach beside the sum, such as language consistency.
struct RewardFilter {
  rewards::RewardConfig config;
  double min = 1.0;
  std::string name;  // empty: the type's name

  template <class V>
  void fields(V& v) {
    v("min", min, "samples below it are dropped", -1e9, 1e9);
    v("name", name, "what the report calls it; by default its type");
  }
};

/// Which samples are good enough to be learnt from; every rule can be switched off.
struct SelectionConfig {
  double min_reward = 1.0;
  bool drop_truncated = true;
  std::int64_t min_length = 0;
  std::int64_t max_length = 0;
  double max_repetition = 1.0;
  rewards::RepetitionUnit repetition_unit = rewards::RepetitionUnit::kWords;
  std::int64_t repetition_size = 3;
  std::vector<RewardFilter> filters;
  bool drop_duplicates = true;
  std::int64_t max_per_problem = 0;

  template <class V>
  void fields(V& v) {
    v("min_reward", min_reward, "samples below this weighted reward are dropped", -1e9, 1e9);
    v("drop_truncated", drop_truncated, "drop completions that were cut off");
    v("min_length", min_length, "drop completions of fewer tokens", 0, 1 << 24);
    v("max_length", max_length, "drop completions of more tokens; 0: of any length are kept", 0,
      1 << 24);
    v("max_repetition", max_repetition,
      "drop completions with a larger share of repeated n-grams; 1 drops none", 0.0, 1.0);
    v("repetition_unit", repetition_unit, "what those n-grams are made of");
    v("repetition_size", repetition_size, "units of an n-gram", 1, 1000);
    v("filters", filters, "further rewards that a sample must reach, each its own minimum");
    v("drop_duplicates", drop_duplicates, "keep only the first of equal samples of equal prompts");
    v("max_per_problem", max_per_problem, "samples kept of a problem, the first ones; 0: all", 0,
      1 << 24);
  }
};

/// The samples that are kept, in their order, and how many were dropped. A dropped sample counts
/// under the first reason that holds, in the order: truncated, the reward, the others as in
/// SelectionConfig; all reasons are listed.
struct Selection {
  std::vector<rollout::Rollout> kept;
  std::vector<std::pair<std::string, std::int64_t>> dropped;

  std::int64_t dropped_as(const std::string& reason) const;
  /// "3 truncated, 12 min_reward": the reasons that held; "none".
  std::string dropped_text() const;
};

/// Selects among scored samples. Pure. Samples are equal if all their tokens are. A filter that
/// abstains cannot vouch for a sample: it is dropped.
/// Throws: std::invalid_argument for a filter whose settings contradict each other.
/// Source: DeepSeek-R1, section 2.3.3 (rejection sampling: right answers only, and neither mixed
/// languages nor long repetitions).
Selection select_samples(std::vector<rollout::Rollout> samples, const SelectionConfig& config);

/// The name that the report and messages use.
std::string filter_name(const RewardFilter& filter);

}  // namespace hone::rl
