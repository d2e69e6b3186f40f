#pragma once

#include <memory>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// How many of the four tags are there once? Partial credit on the way to `format`.
struct TagCountConfig {
  static constexpr std::string_view kType = "tag_count";
  static constexpr bool kIgnoresAnswer = true;

  template <class V>
  void fields(V&) {}
};

/// A quarter for each of `<think>`, `</think>`, `<answer>`, `</answer>` that stands exactly once,
/// from 0 to 1. A prompt that ends in `<think>` counts as one of them. Where they stand and what is
/// in them is not looked at: `format` does that.
/// Source: open-r1's tag_count_reward.
/// Differs: no line breaks are asked for around the tags.
std::unique_ptr<Reward> make_reward(const TagCountConfig& config);

}  // namespace hone::rewards
