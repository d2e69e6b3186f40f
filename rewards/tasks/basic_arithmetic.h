#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `basic_arithmetic:(7-3)*12+8/2=`: whole numbers with + - * / and parentheses. The trace works
/// out one operation at a time: `7-3=4;4*12=48;8/2=4;48+4=52`. Source: the family of this name in
/// reasoning-gym. Differs: numbers have no sign; only numbers are divided, and without remainder.
struct BasicArithmeticConfig {
  static constexpr std::string_view kType = "basic_arithmetic";
  std::int64_t min_terms = 2;
  std::int64_t max_terms = 6;
  std::int64_t min_digits = 1;
  std::int64_t max_digits = 4;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_terms", min_terms, "fewest numbers", 2, 100);
    v("max_terms", max_terms, "most numbers", 2, 100);
    v("min_digits", min_digits, "fewest digits of a number", 1, 15);
    v("max_digits", max_digits, "most digits of a number", 1, 15);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const BasicArithmeticConfig& config);

}  // namespace hone::rewards
