#include "rl/advantage.h"

#include <cmath>
#include <cstddef>
#include <stdexcept>

namespace hone::rl {
namespace {

constexpr double kStdEps = 1e-4;
constexpr double kZeroStd = 1e-8;

void check_groups(std::span<const double> rewards, int group_size) {
  if (group_size < 1 || rewards.size() % static_cast<std::size_t>(group_size) != 0) {
    throw std::invalid_argument("rewards do not come in whole groups");
  }
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
                               AdvantageScale scale) {
  check_groups(rewards, group_size);
  const auto size = static_cast<std::size_t>(group_size);
  const double batch_std = moments(rewards).std;
  std::vector<double> result;
  result.reserve(rewards.size());
  for (std::size_t start = 0; start < rewards.size(); start += size) {
    const auto group = rewards.subspan(start, size);
    const auto [mean, group_std] = moments(group);
    double divisor = 1.0;
    if (scale == AdvantageScale::kGroup) divisor = group_std + kStdEps;
    if (scale == AdvantageScale::kBatch) divisor = batch_std + kStdEps;
    for (const double reward : group) result.push_back((reward - mean) / divisor);
  }
  return result;
}

std::vector<bool> mixed_groups(std::span<const double> rewards, int group_size) {
  check_groups(rewards, group_size);
  const auto size = static_cast<std::size_t>(group_size);
  std::vector<bool> mixed;
  for (std::size_t start = 0; start < rewards.size(); start += size) {
    mixed.push_back(moments(rewards.subspan(start, size)).std > kZeroStd);
  }
  return mixed;
}

}  // namespace hone::rl
