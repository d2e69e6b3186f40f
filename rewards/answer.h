#pragma once

#include <memory>
#include <string_view>

#include "rewards/reading.h"
#include "rewards/reward.h"

namespace hone::rewards {

/// Is the final answer the reference answer?
struct AnswerConfig {
  static constexpr std::string_view kType = "answer";
  Reading reading = Reading::kAuto;

  template <class V>
  void fields(V& v) {
    v("reading", reading, kReadingHelp);
  }
};

/// 1 for the right answer, else 0. Looks at the completion only, never at the prompt. With
/// kMentioned a completion that lists many answers is right: that one is for measuring.
std::unique_ptr<Reward> make_reward(const AnswerConfig& config);

}  // namespace hone::rewards
