#pragma once

#include <cstdint>

namespace hone::rollout {

/// Names one stream of random numbers by what it is for. There is no state: the number for a
/// position is the same whenever and beside whomever it is drawn.
struct StreamKey {
  std::uint64_t seed = 0;
  std::uint64_t stage = 0;
  std::uint64_t step = 0;
  std::uint64_t prompt = 0;
  std::uint64_t sample = 0;
};

/// Uniform in [0, 1), 24 bits: Philox 4x32-10 with (seed, stage, step) as its key and (prompt,
/// sample, position) as its counter. Source: Salmon et al. 2011, "Parallel random numbers: as easy
/// as 1, 2, 3".
float uniform_at(const StreamKey& key, std::uint64_t position);

}  // namespace hone::rollout
