#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `478+95=`: the sum of two numbers. The trace goes from the last column to the first and writes
/// both digits and the carry: `8+5+0=13;7+9+1=17;4+0+1=5`.
struct AdditionConfig {
  static constexpr std::string_view kType = "addition";
  std::int64_t min_digits = 2;
  std::int64_t max_digits = 4;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_digits", min_digits, "fewest digits of a number", 1, 1000);
    v("max_digits", max_digits, "most digits of a number", 1, 1000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if the range is empty.
std::unique_ptr<Task> make_task(const AdditionConfig& config);

}  // namespace hone::rewards
