#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rewards/tasks/random.h"

namespace hone::rewards {

/// What a problem of calendar_arithmetic asks: `weekday DATE`, `DATE plus DAYS`, `DATE minus DAYS`
/// or `DATE to OTHER`.
struct CalendarQuestion {
  enum Kind { kWeekday, kPlus, kMinus, kTo };
  Kind kind = kWeekday;
  std::chrono::sys_days date, other;
  std::int64_t days = 0;
};

/// Absence means: not such text.
std::optional<CalendarQuestion> read_calendar_question(std::string_view text);

/// `2024-03-15`.
std::string shown_date(std::chrono::sys_days days);

/// `friday`.
std::string weekday_of(std::chrono::sys_days date);

/// A completion that works it out in words: month by month, or for a weekday by adding what the
/// day, the month, the century and the year count. Each step is wrong with the given chance.
std::string calendar_trace(const CalendarQuestion& question, double wrong_steps, Random& random);

}  // namespace hone::rewards
