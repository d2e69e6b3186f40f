#pragma once

#include <span>
#include <vector>

#include "rl/loss_config.h"

namespace hone::rl {

/// Mean, and standard deviation with Bessel's correction (0 for fewer than two values).
struct Moments {
  double mean = 0;
  double std = 0;
};

/// Equal values give exactly that mean and a standard deviation of exactly 0.
Moments moments(std::span<const double> values);

/// Advantages of rewards that stand group after group: each less its baseline, divided as
/// `advantage_scale` says. A reward that is NaN could not be given: its advantage is 0, and nobody
/// is compared with it. Groups whose rewards are all equal get zeros, unless the baseline is the
/// batch's; with `rescale_equal_groups` the others make up for them, by B / (B - those).
/// Throws: std::invalid_argument if the rewards are not whole groups.
/// Source: GRPO, 2402.03300, section 4.1.2 (group); Dr. GRPO, 2503.20783 (none); RLOO, 2402.14740
/// (leave_one_out); REINFORCE++, 2501.03262 (batch); GPG, 2504.02546, eq. 8 (rescaled); TRL's
/// scale_rewards, with its 1e-4 beside the standard deviation.
std::vector<double> advantages(std::span<const double> rewards, int group_size,
                               const LossPieces& pieces);

/// Advantages of several rewards, a column each, when each is normalised in its group for itself
/// before the weighted sum is normalised over the batch: so a reward of small spread counts as much
/// as one of large spread. NaN as above, and left out of a row's sum.
/// Throws: std::invalid_argument as above, or for another number of weights than of columns.
/// Source: GDPO, 2601.05242, as TRL's normalize_then_sum.
std::vector<double> advantages_by_reward(const std::vector<std::vector<double>>& columns,
                                         std::span<const double> weights, int group_size);

/// For each group, whether its rewards differ: only such a group teaches anything. NaN is no
/// reward.
/// Source: TRL's frac_reward_zero_std counts the others (standard deviation within 1e-8 of 0).
std::vector<bool> mixed_groups(std::span<const double> rewards, int group_size);

}  // namespace hone::rl
