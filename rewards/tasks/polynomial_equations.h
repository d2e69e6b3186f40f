#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `polynomial_equations:x^3-2*x^2-5*x+6=0:`: all real solutions, in any order: `-2,1,3`. They are
/// whole numbers and differ from each other. No trace has steps.
/// Source: the family of this name in reasoning-gym.
/// Differs: built from its solutions; all of them and no others, or nothing.
struct PolynomialEquationsConfig {
  static constexpr std::string_view kType = "polynomial_equations";
  std::int64_t min_degree = 1;
  std::int64_t max_degree = 3;
  std::int64_t max_root = 10;
  std::int64_t max_coefficient = 3;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_degree", min_degree, "lowest degree", 1, 6);
    v("max_degree", max_degree, "highest degree", 1, 6);
    v("max_root", max_root, "largest solution, whatever its sign", 6, 50);
    v("max_coefficient", max_coefficient, "largest coefficient of the highest power", 1, 1000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const PolynomialEquationsConfig& config);

}  // namespace hone::rewards
