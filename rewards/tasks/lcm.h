#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `lcm:12,18=`: the least common multiple. The trace divides by Euclid's divisor:
/// `12%18=12;18%12=6;12%6=0;12/6=2;2*18=36`.
/// Source: the family of this name in reasoning-gym.
/// Differs: neither number is a multiple of all others, so that none of them is the answer.
struct LcmConfig {
  static constexpr std::string_view kType = "lcm";
  std::int64_t min_numbers = 2;
  std::int64_t max_numbers = 2;
  std::int64_t min_value = 1;
  std::int64_t max_value = 100;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_numbers", min_numbers, "fewest numbers", 2, 6);
    v("max_numbers", max_numbers, "most numbers", 2, 6);
    v("min_value", min_value, "smallest number", 1, 1000);
    v("max_value", max_value, "largest number", 6, 1000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const LcmConfig& config);

}  // namespace hone::rewards
