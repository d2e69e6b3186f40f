#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// Is there reasoning in `<think>..</think>` and something after it? For models that have no
/// `<answer>` tags.
struct ThinkFormatConfig {
  static constexpr std::string_view kType = "think_format";
  static constexpr bool kIgnoresAnswer = true;
  std::int64_t min_think_chars = 0;

  template <class V>
  void fields(V& v) {
    v("min_think_chars", min_think_chars, "shortest reasoning that counts, in bytes", 0, 1 << 20);
  }
};

/// 1 for exactly one `<think>..</think>` at the very start, white space apart, and a text after it;
/// otherwise 0. A prompt that ends in `<think>` opened it.
/// Source: TRL's think_format_reward.
/// Differs: a second `</think>` does not pass, and neither does a completion that ends with it; a
/// template may have opened the reasoning.
std::unique_ptr<Reward> make_reward(const ThinkFormatConfig& config);

}  // namespace hone::rewards
