#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `3*7+4*9=`: from a start digit, operations `+d`, `*3`, `*7`, `*9` from left to right; the answer
/// is the last digit. Each factor is prime to ten, so every step keeps all ten digits equally
/// likely: a guess is right one time in ten, however long the problem, and no step can be skipped.
struct LastdigitConfig {
  static constexpr std::string_view kType = "lastdigit";
  std::int64_t min_operations = 4;
  std::int64_t max_operations = 8;

  template <class V>
  void fields(V& v) {
    v("min_operations", min_operations, "fewest operations", 1, 1000);
    v("max_operations", max_operations, "most operations", 1, 1000);
  }
};

/// Throws: std::invalid_argument if the range is empty.
std::unique_ptr<Task> make_task(const LastdigitConfig& config);

}  // namespace hone::rewards
