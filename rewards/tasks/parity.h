#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `10110=`: is the number of ones odd (`1`) or even (`0`)? The trace carries the parity along, bit
/// by bit: `1^0=1;1^1=0;...`. A guess is right half of the time.
struct ParityConfig {
  static constexpr std::string_view kType = "parity";
  std::int64_t min_bits = 8;
  std::int64_t max_bits = 16;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_bits", min_bits, "shortest string", 1, 1000);
    v("max_bits", max_bits, "longest string", 1, 1000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if the range is empty.
std::unique_ptr<Task> make_task(const ParityConfig& config);

}  // namespace hone::rewards
