#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `time_intervals:09:15->08:00+2=`: from a time to another one, perhaps days later, in hours and
/// minutes, `46:45`; half of the problems have seconds, too. The trace goes by minutes or seconds:
/// `9*60+15=555;2*24+8=56;56*60+0=3360;3360-555=2805;2805=60*46+45`.
/// Source: the family of this name in reasoning-gym.
/// Differs: no time zones and no dates; no part of a point for being near.
struct TimeIntervalsConfig {
  static constexpr std::string_view kType = "time_intervals";
  std::int64_t max_hours = 24;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("max_hours", max_hours, "longest time between them", 1, 1000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const TimeIntervalsConfig& config);

}  // namespace hone::rewards
