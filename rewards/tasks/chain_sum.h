#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `chain_sum:12+5-3=`: a sum of positive and negative terms. The trace keeps a running total:
/// `12+5=17;17-3=14`. Source: the family of this name in reasoning-gym.
struct ChainSumConfig {
  static constexpr std::string_view kType = "chain_sum";
  std::int64_t min_terms = 2;
  std::int64_t max_terms = 6;
  std::int64_t min_digits = 1;
  std::int64_t max_digits = 4;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_terms", min_terms, "fewest terms", 2, 100);
    v("max_terms", max_terms, "most terms", 2, 100);
    v("min_digits", min_digits, "fewest digits of a term", 1, 15);
    v("max_digits", max_digits, "most digits of a term", 1, 15);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const ChainSumConfig& config);

}  // namespace hone::rewards
