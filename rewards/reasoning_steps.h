#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// Does the completion go step by step, as far as its words tell? A nudge for the start: words of
/// steps are easily written without any step, so pay for right answers beside it.
struct ReasoningStepsConfig {
  static constexpr std::string_view kType = "reasoning_steps";
  static constexpr bool kIgnoresAnswer = true;
  std::int64_t steps = 3;

  template <class V>
  void fields(V& v) {
    v("steps", steps, "how many are enough", 1, 1 << 20);
  }
};

/// Steps that are found, as a share of `steps`, at most 1. A step is "Step 1:", a number with a
/// point at the start of a line, a line that begins with - or *, or one of "First,", "Second,",
/// "Next," and "Finally,".
/// Source: open-r1's reasoning_steps_reward.
/// Differs: a number counts at the start of every line, not of the first alone; digits are ASCII.
std::unique_ptr<Reward> make_reward(const ReasoningStepsConfig& config);

}  // namespace hone::rewards
