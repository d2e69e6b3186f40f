#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// Is the letter of a multiple choice the right one?
struct ChoiceConfig {
  static constexpr std::string_view kType = "choice";
  std::int64_t choices = 4;

  template <class V>
  void fields(V& v) {
    v("choices", choices, "how many there are, from A on", 2, 26);
  }
};

/// 1 for the letter of the reference answer, else 0. A letter is `B`, `b`, `(B)`, or `B` with `.`,
/// `)` or `:` and any text after it, in `<answer>` or boxed; where there is neither, the last line
/// that says "Answer: B" counts. Anything else is malformed, two letters included. Abstains where
/// the reference is no letter of the choices.
/// Source: simple-evals' multiple choice ("Answer: $LETTER"), with the tags of DeepSeek-R1.
std::unique_ptr<Reward> make_reward(const ChoiceConfig& config);

}  // namespace hone::rewards
