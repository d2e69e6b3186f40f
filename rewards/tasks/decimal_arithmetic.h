#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `decimal_arithmetic:1.25*3.5-0.75=`: decimals with + - * and parentheses; the answer is exact.
/// The trace works out one operation at a time: `1.25*3.5=4.375;4.375-0.75=3.625`. Source: the
/// family of this name in reasoning-gym. Differs: no division, so that nothing is rounded.
struct DecimalArithmeticConfig {
  static constexpr std::string_view kType = "decimal_arithmetic";
  std::int64_t min_terms = 2;
  std::int64_t max_terms = 4;
  std::int64_t min_decimals = 1;
  std::int64_t max_decimals = 3;
  std::int64_t max_digits = 2;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_terms", min_terms, "fewest numbers", 2, 100);
    v("max_terms", max_terms, "most numbers", 2, 100);
    v("min_decimals", min_decimals, "fewest decimal places of a number", 1, 15);
    v("max_decimals", max_decimals, "most decimal places of a number", 1, 15);
    v("max_digits", max_digits, "most digits before the point", 1, 15);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const DecimalArithmeticConfig& config);

}  // namespace hone::rewards
