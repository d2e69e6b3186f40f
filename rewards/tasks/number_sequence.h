#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `number_sequence:2,5,8,11,?=`: the next number. Rules: add a number, multiply by one, add two in
/// turn, add one that grows, add the last two. Only in words has the trace
/// steps: differences.
/// Source: the family of this name in reasoning-gym. Differs: a closed list of rules.
struct NumberSequenceConfig {
  static constexpr std::string_view kType = "number_sequence";
  std::int64_t min_terms = 4;
  std::int64_t max_terms = 8;
  std::int64_t max_value = 100;
  std::int64_t max_step = 20;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_terms", min_terms, "fewest terms shown", 4, 50);
    v("max_terms", max_terms, "most terms shown", 4, 50);
    v("max_value", max_value, "largest first term, whatever its sign", 10, 1000000);
    v("max_step", max_step, "largest number added", 2, 1000000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const NumberSequenceConfig& config);

}  // namespace hone::rewards
