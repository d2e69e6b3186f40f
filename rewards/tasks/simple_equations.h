#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `simple_equations:x:3*x+5-1*x=19:`: the whole number that the variable is, `7`. The trace
/// collects the variable, then the numbers: `3-1=2;19-5=14;14/2=7`. Source: the family of this name
/// in reasoning-gym. Differs: linear, with one term a sign.
struct SimpleEquationsConfig {
  static constexpr std::string_view kType = "simple_equations";
  std::int64_t min_terms = 2;
  std::int64_t max_terms = 4;
  std::int64_t min_value = 1;
  std::int64_t max_value = 100;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_terms", min_terms, "fewest terms on the left", 2, 20);
    v("max_terms", max_terms, "most terms on the left", 2, 20);
    v("min_value", min_value, "smallest coefficient, number and solution", 1, 1000000);
    v("max_value", max_value, "largest coefficient, number and solution", 2, 1000000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const SimpleEquationsConfig& config);

}  // namespace hone::rewards
