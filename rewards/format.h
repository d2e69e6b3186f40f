#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// Is the completion in the required form?
struct FormatConfig {
  static constexpr std::string_view kType = "format";
  static constexpr bool kIgnoresAnswer = true;
  std::int64_t min_think_chars = 0;

  template <class V>
  void fields(V& v) {
    v("min_think_chars", min_think_chars, "shortest reasoning that counts, in bytes", 0, 1 << 20);
  }
};

/// 1 for exactly one `<think>..</think>`, then exactly one `<answer>..</answer>` that is not empty,
/// and nothing else but white space; otherwise 0. A prompt that ends in `<think>` opened it.
/// Source: DeepSeek-R1 (2501.12948), section 2.2.2.
/// Differs: the answer may not be empty, and a template may have opened the reasoning.
std::unique_ptr<Reward> make_reward(const FormatConfig& config);

}  // namespace hone::rewards
