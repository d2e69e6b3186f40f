#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hone::rollout {

/// Several sources in fixed shares. Which source a position belongs to, and which of that source's
/// items it is, is a function of seed and position alone: a cursor is all that a resumed run needs.
/// Positions go in cycles; in each, every source has its exact count, in an order drawn anew, and
/// its items follow each other without a gap.
class Mixture {
 public:
  struct Place {
    std::size_t source = 0;
    std::uint64_t index = 0;  // within the source, from 0
  };

  /// A weight of 0 leaves its source out. The cycle is the shortest that gives the shares exactly;
  /// where none of up to 1000 does, it is 1000, with counts rounded by largest remainder.
  /// Throws: std::invalid_argument if no weight is above 0, one is below it or not finite, or a
  /// share is too small to be given a place in the cycle.
  Mixture(const std::vector<double>& weights, std::uint64_t seed);

  Place at(std::uint64_t position) const;
  /// Where an item stands: the inverse of at(). The source must not be left out.
  std::uint64_t position_of(const Place& place) const;

  /// The first position where a source of these sizes would begin again; 0 if none ever does.
  /// A size of 0 is a source without end.
  std::uint64_t size(const std::vector<std::uint64_t>& sizes) const;

  std::uint64_t cycle() const { return first_.back(); }
  /// Places of a source in a cycle.
  std::uint64_t count(std::size_t source) const { return first_[source + 1] - first_[source]; }

 private:
  std::size_t source_of_slot(std::uint64_t slot) const;

  std::vector<std::uint64_t> first_;  // slot of each source's first place in a cycle, and the end
  std::uint64_t seed_;
};

/// The seed of a mixture's source: two sources of one kind do not give the same items.
std::uint64_t source_seed(std::uint64_t seed, std::size_t source);

}  // namespace hone::rollout
