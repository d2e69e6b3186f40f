#pragma once

#include "rewards/rewards.h"

namespace hone::rewards {

/// False of rewards that can judge a completion without a reference answer: those that ignore it,
/// `command`, and `regex` with a pattern of its own.
bool needs_answer(const RewardConfig& config);

}  // namespace hone::rewards
