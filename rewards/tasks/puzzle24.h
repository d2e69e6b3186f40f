#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `puzzle24:3,3,8,8:24=`: as countdown, with four small numbers and the target 24: `8/(3-8/3)`.
/// Source: the family of this name in reasoning-gym.
/// Differs: an answer must use the problem's own numbers, and its value is exact; a problem that
/// only the plain sum or product solves is none.
struct Puzzle24Config {
  static constexpr std::string_view kType = "puzzle24";
  std::int64_t min_value = 1;
  std::int64_t max_value = 10;
  std::int64_t trace_tries = 4;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_value", min_value, "smallest number", 1, 100);
    v("max_value", max_value, "largest number", 1, 100);
    v("trace_tries", trace_tries, "most attempts in a worked solution before the one that is right",
      0, 1000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const Puzzle24Config& config);

}  // namespace hone::rewards
