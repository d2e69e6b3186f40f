#include "rollout/mixture.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

#include "rollout/mix.h"
#include "rollout/shuffle.h"

namespace hone::rollout {
namespace {

constexpr std::uint64_t kLongestCycle = 1000;

double sum_of(const std::vector<double>& weights) {
  double sum = 0;
  for (const double weight : weights) {
    if (!(weight >= 0) || !std::isfinite(weight)) {
      throw std::invalid_argument("a weight is negative or not finite");
    }
    sum += weight;
  }
  if (sum == 0) throw std::invalid_argument("no source has a weight above 0");
  return sum;
}

/// Counts of a cycle of this length, if it gives the shares exactly.
bool exact_counts(const std::vector<double>& shares, std::uint64_t cycle,
                  std::vector<std::uint64_t>& counts) {
  constexpr double kRounding = 1e-9;
  counts.clear();
  for (const double share : shares) {
    const double places = share * static_cast<double>(cycle);
    if (std::abs(places - std::round(places)) > kRounding) return false;
    if (share > 0 && std::round(places) == 0) return false;
    counts.push_back(static_cast<std::uint64_t>(std::round(places)));
  }
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}) == cycle;
}

/// Counts that add up to the longest cycle: whole parts, then one more for the largest remainders.
std::vector<std::uint64_t> rounded_counts(const std::vector<double>& shares) {
  std::vector<std::uint64_t> counts;
  std::vector<std::size_t> order(shares.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (const double share : shares)
    counts.push_back(static_cast<std::uint64_t>(share * kLongestCycle));
  const auto remainder = [&](std::size_t source) {
    return shares[source] * kLongestCycle - static_cast<double>(counts[source]);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainder(a) > remainder(b); });
  const std::uint64_t given = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  for (std::size_t i = 0; i < kLongestCycle - given; ++i) ++counts[order[i % order.size()]];
  for (std::size_t source = 0; source < shares.size(); ++source) {
    if (shares[source] > 0 && counts[source] == 0) {
      throw std::invalid_argument("the share of source " + std::to_string(source) +
                                  " is too small: less than one in " +
                                  std::to_string(kLongestCycle));
    }
  }
  return counts;
}

std::vector<std::uint64_t> counts_of(const std::vector<double>& weights) {
  std::vector<double> shares = weights;
  const double sum = sum_of(weights);
  for (double& share : shares) share /= sum;
  std::vector<std::uint64_t> counts;
  for (std::uint64_t cycle = 1; cycle <= kLongestCycle; ++cycle) {
    if (exact_counts(shares, cycle, counts)) return counts;
  }
  return rounded_counts(shares);
}

}  // namespace

Mixture::Mixture(const std::vector<double>& weights, std::uint64_t seed)
    : first_{0}, seed_(mix(seed ^ mix(0))) {
  for (const std::uint64_t count : counts_of(weights)) first_.push_back(first_.back() + count);
}

std::size_t Mixture::source_of_slot(std::uint64_t slot) const {
  return static_cast<std::size_t>(std::upper_bound(first_.begin(), first_.end(), slot) -
                                  first_.begin() - 1);
}

Mixture::Place Mixture::at(std::uint64_t position) const {
  const std::uint64_t begin = position - position % cycle();
  const std::size_t source = source_of_slot(shuffled(position, cycle(), seed_));
  std::uint64_t index = position / cycle() * count(source);
  for (std::uint64_t earlier = begin; earlier < position; ++earlier) {
    index += source_of_slot(shuffled(earlier, cycle(), seed_)) == source;
  }
  return {source, index};
}

std::uint64_t Mixture::position_of(const Place& place) const {
  std::uint64_t left = place.index % count(place.source);
  std::uint64_t position = place.index / count(place.source) * cycle();
  for (;; ++position) {
    if (source_of_slot(shuffled(position, cycle(), seed_)) != place.source) continue;
    if (left-- == 0) return position;
  }
}

std::uint64_t Mixture::size(const std::vector<std::uint64_t>& sizes) const {
  std::uint64_t first = 0;
  for (std::size_t source = 0; source < sizes.size(); ++source) {
    if (sizes[source] == 0 || count(source) == 0) continue;
    const std::uint64_t again = position_of({source, sizes[source]});
    first = first == 0 ? again : std::min(first, again);
  }
  return first;
}

std::uint64_t source_seed(std::uint64_t seed, std::size_t source) {
  return mix(seed ^ mix(std::uint64_t{source} + 1));
}

}  // namespace hone::rollout
