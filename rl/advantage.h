#pragma once

#include <span>
#include <vector>

#include "rl/presets.h"

namespace hone::rl {

/// Mean, and standard deviation with Bessel's correction (0 for fewer than two values).
struct Moments {
  double mean = 0;
  double std = 0;
};

/// Equal values give exactly that mean and a standard deviation of exactly 0.
Moments moments(std::span<const double> values);

/// Group-relative advantages: each reward less its group's mean, divided as `scale` says. A group
/// whose rewards are all equal gets zeros. Rewards stand group after group.
/// Throws: std::invalid_argument if the rewards are not whole groups.
/// Source: GRPO, 2402.03300, section 4.1.2 (group); Dr. GRPO, 2503.20783 (none); TRL's
/// scale_rewards, with its 1e-4 beside the standard deviation (group, batch).
std::vector<double> advantages(std::span<const double> rewards, int group_size,
                               AdvantageScale scale);

/// For each group, whether its rewards differ: only such a group teaches anything.
/// Source: TRL's frac_reward_zero_std counts the others (standard deviation within 1e-8 of 0).
std::vector<bool> mixed_groups(std::span<const double> rewards, int group_size);

}  // namespace hone::rl
