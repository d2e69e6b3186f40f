#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `fraction_simplification:96/72=`: the fraction in lowest terms, `4/3`. The trace divides by
/// Euclid's divisor: `96%72=24;72%24=0;96/24=4;72/24=3`. Source: the family of this name in
/// reasoning-gym. Differs: no part of a point for a fraction that is not in lowest terms; no LaTeX.
struct FractionSimplificationConfig {
  static constexpr std::string_view kType = "fraction_simplification";
  std::int64_t min_value = 1;
  std::int64_t max_value = 100;
  std::int64_t min_factor = 2;
  std::int64_t max_factor = 100;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_value", min_value, "smallest numerator or denominator of the answer", 1, 1000000);
    v("max_value", max_value, "largest numerator or denominator of the answer", 3, 1000000);
    v("min_factor", min_factor, "smallest factor it is multiplied by", 2, 1000000);
    v("max_factor", max_factor, "largest factor it is multiplied by", 2, 1000000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const FractionSimplificationConfig& config);

}  // namespace hone::rewards
