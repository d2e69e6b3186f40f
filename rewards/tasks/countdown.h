#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `countdown:3,8,12:60=`: an expression that uses each number exactly once, with + - * / and
/// parentheses, and has the last one as its value: `12*(8-3)`. Any such expression is right, all
/// else wrong. Traces try at random: `8+3=11,12*11=132;8-3=5,12*5=60`.
/// Source: the family of this name in reasoning-gym, TinyZero's task.
/// Differs: built from a solution; values are exact; neither the sum nor the product of all numbers
/// is the target; no part of a point for a wrong value.
struct CountdownConfig {
  static constexpr std::string_view kType = "countdown";
  std::int64_t min_numbers = 4;
  std::int64_t max_numbers = 6;
  std::int64_t min_value = 1;
  std::int64_t max_value = 100;
  std::int64_t min_target = 100;
  std::int64_t max_target = 999;
  std::int64_t trace_tries = 4;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_numbers", min_numbers, "fewest numbers", 3, 8);
    v("max_numbers", max_numbers, "most numbers", 3, 8);
    v("min_value", min_value, "smallest number", 1, 1000);
    v("max_value", max_value, "largest number", 1, 1000);
    v("min_target", min_target, "smallest target", 1, 1'000'000);
    v("max_target", max_target, "largest target", 1, 1'000'000);
    v("trace_tries", trace_tries, "most attempts in a worked solution before the one that is right",
      0, 1000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const CountdownConfig& config);

}  // namespace hone::rewards
