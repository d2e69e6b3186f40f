#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `binary_matrix:111/111/101=`: for each cell how many steps away the nearest 0 is, going up,
/// down, left and right: `323/212/101`. No trace has steps. Source: the family of this name in
/// reasoning-gym. Differs: in each problem some cell is at least 2 away, so that no problem is its
/// own answer, and none more than 9, so that a cell is one digit; all or nothing.
struct BinaryMatrixConfig {
  static constexpr std::string_view kType = "binary_matrix";
  std::int64_t min_size = 3;
  std::int64_t max_size = 10;
  double p_zero = 0.25;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_size", min_size, "fewest rows and columns", 3, 30);
    v("max_size", max_size, "most rows and columns", 3, 30);
    v("p_zero", p_zero, "chance that a cell is 0", 0.01, 0.9);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const BinaryMatrixConfig& config);

}  // namespace hone::rewards
