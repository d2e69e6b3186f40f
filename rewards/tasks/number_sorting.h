#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `sort:3,9,1=`: the digits in rising order, `1,3,9`. A general task: as a code it is answered at
/// once, `wrong_steps` is the chance of a wrong digit, and `long_share` does not matter. In words,
/// the trace takes the smallest of what is left. Source: the family of this name in reasoning-gym.
/// Differs: single digits, always rising.
struct NumberSortingConfig {
  static constexpr std::string_view kType = "number_sorting";
  std::int64_t min_numbers = 3;
  std::int64_t max_numbers = 6;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_numbers", min_numbers, "fewest numbers", 1, 1000);
    v("max_numbers", max_numbers, "most numbers", 1, 1000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if the range is empty.
std::unique_ptr<Task> make_task(const NumberSortingConfig& config);

}  // namespace hone::rewards
