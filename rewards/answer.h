#pragma once

#include <memory>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// Is the final answer the reference answer?
struct AnswerConfig {
  static constexpr std::string_view kType = "answer";

  template <class V>
  void fields(V&) {}
};

/// 1 for the right answer, else 0. Looks at the completion only, never at the prompt.
std::unique_ptr<Reward> make_reward(const AnswerConfig& config);

}  // namespace hone::rewards
