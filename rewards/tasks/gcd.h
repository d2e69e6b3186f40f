#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `gcd:84,36=`: the greatest common divisor. The trace is Euclid's: `84%36=12;36%12=0`.
/// Source: the family of this name in reasoning-gym.
/// Differs: the divisor is drawn first, so that it is not 1 most of the time.
struct GcdConfig {
  static constexpr std::string_view kType = "gcd";
  std::int64_t min_numbers = 2;
  std::int64_t max_numbers = 2;
  std::int64_t max_value = 1000;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_numbers", min_numbers, "fewest numbers", 2, 20);
    v("max_numbers", max_numbers, "most numbers", 2, 20);
    v("max_value", max_value, "largest number", 24, 1000000000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const GcdConfig& config);

}  // namespace hone::rewards
