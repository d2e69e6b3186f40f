#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `calendar_arithmetic:weekday 2024-03-15=` is `friday`, `calendar_arithmetic:2024-03-15 plus 40=`
/// is `2024-04-24` (or `minus`), and `calendar_arithmetic:2024-03-15 to 2024-04-24=` is `40`: one
/// of the three, in the Gregorian calendar. Only in words has the trace steps (calendar_steps.h).
/// Source: the family of this name in reasoning-gym. Differs: no business days, as working weeks
/// differ, and no questions with yes and no.
struct CalendarArithmeticConfig {
  static constexpr std::string_view kType = "calendar_arithmetic";
  std::int64_t min_year = 2000;
  std::int64_t max_year = 2050;
  std::int64_t max_days = 100;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_year", min_year, "first year", 1583, 9000);
    v("max_year", max_year, "last year", 1583, 9000);
    v("max_days", max_days, "most days between two dates", 2, 100000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const CalendarArithmeticConfig& config);

}  // namespace hone::rewards
