#pragma once

#include <cstdint>

namespace hone::rl {

/// Before RL starts: can it learn anything from this model on these problems?
struct PreflightConfig {
  bool enabled = true;
  std::int64_t problems = 64;
  double min_mixed_groups = 0.05;

  template <class V>
  void fields(V& v) {
    v("enabled", enabled, "measure the starting model first, and refuse what cannot work");
    v("problems", problems, "problems measured, a group each", 1, 1 << 20);
    v("min_mixed_groups", min_mixed_groups,
      "stop if fewer groups than this share hold both right and wrong answers", 0.0, 1.0);
  }
};

}  // namespace hone::rl
