#include "rl/advantage.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>

namespace hone::rl {
namespace {

constexpr double kStdEps = 1e-4;
constexpr double kZeroStd = 1e-8;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<std::span<const double>> groups_of(std::span<const double> rewards, int group_size) {
  if (group_size < 1 || rewards.size() % static_cast<std::size_t>(group_size) != 0) {
    throw std::invalid_argument("rewards do not come in whole groups");
  }
  const auto size = static_cast<std::size_t>(group_size);
  std::vector<std::span<const double>> groups;
  for (std::size_t start = 0; start < rewards.size(); start += size) {
    groups.push_back(rewards.subspan(start, size));
  }
  return groups;
}

std::vector<double> given(std::span<const double> rewards) {
  std::vector<double> values;
  for (const double reward : rewards) {
    if (!std::isnan(reward)) values.push_back(reward);
  }
  return values;
}

/// A reward less the mean of the others is this many times the reward less the mean of all: exactly
/// 0 where all are equal. The only one has nobody to be compared with.
double leave_one_out(std::size_t count) {
  return count < 2 ? 0.0 : static_cast<double>(count) / static_cast<double>(count - 1);
}

/// What the groups that differ are multiplied by, so that the step is as large as if all did.
double rescaling(std::span<const double> rewards, int group_size) {
  const std::vector<bool> mixed = mixed_groups(rewards, group_size);
  const auto count = static_cast<double>(std::count(mixed.begin(), mixed.end(), true));
  return count == 0 ? 1.0 : static_cast<double>(mixed.size()) / count;
}

void zero_where_nan(std::vector<double>& values) {
  std::replace_if(
      values.begin(), values.end(), [](double value) { return std::isnan(value); }, 0.0);
}

}  // namespace

Moments moments(std::span<const double> values) {
  if (values.empty()) return {};
  // Sums of the distances from the first value: where all are equal, nothing is rounded.
  const double n = static_cast<double>(values.size());
  const double origin = values.front();
  double sum = 0;
  for (const double value : values) sum += value - origin;
  const double mean = origin + sum / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, values.size() < 2 ? 0.0 : std::sqrt(squares / (n - 1))};
}

std::vector<double> advantages(std::span<const double> rewards, int group_size,
                               const LossPieces& pieces) {
  const Moments batch = moments(given(rewards));
  const double factor = pieces.rescale_equal_groups ? rescaling(rewards, group_size) : 1.0;
  std::vector<double> result;
  result.reserve(rewards.size());
  for (const auto group : groups_of(rewards, group_size)) {
    const std::vector<double> in_group = given(group);
    const Moments own = moments(in_group);
    double divisor = 1.0;
    if (pieces.advantage_scale == AdvantageScale::kGroup) divisor = own.std + kStdEps;
    if (pieces.advantage_scale == AdvantageScale::kBatch) divisor = batch.std + kStdEps;
    for (const double reward : group) {
      const double baseline = pieces.baseline == Baseline::kBatch ? batch.mean : own.mean;
      double advantage = (reward - baseline) / divisor * factor;
      if (pieces.baseline == Baseline::kLeaveOneOut) advantage *= leave_one_out(in_group.size());
      result.push_back(advantage);
    }
  }
  zero_where_nan(result);
  return result;
}

std::vector<double> advantages_by_reward(const std::vector<std::vector<double>>& columns,
                                         std::span<const double> weights, int group_size) {
  if (columns.empty() || columns.size() != weights.size()) {
    throw std::invalid_argument("a weight for each reward is expected");
  }
  std::vector<double> sums(columns.front().size(), kNaN);
  for (std::size_t k = 0; k < columns.size(); ++k) {
    std::size_t row = 0;
    for (const auto group : groups_of(columns[k], group_size)) {
      const Moments own = moments(given(group));
      for (const double reward : group) {
        const double part = weights[k] * (reward - own.mean) / (own.std + kStdEps);
        double& sum = sums.at(row++);
        if (!std::isnan(part)) sum = std::isnan(sum) ? part : sum + part;
      }
    }
  }
  const Moments batch = moments(given(sums));
  for (double& sum : sums) sum = (sum - batch.mean) / (batch.std + kStdEps);
  zero_where_nan(sums);
  return sums;
}

std::vector<bool> mixed_groups(std::span<const double> rewards, int group_size) {
  std::vector<bool> mixed;
  for (const auto group : groups_of(rewards, group_size)) {
    mixed.push_back(moments(given(group)).std > kZeroStd);
  }
  return mixed;
}

}  // namespace hone::rl
