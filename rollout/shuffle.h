#pragma once

#include <cstdint>

namespace hone::rollout {

/// The item at a position of an endless seeded order over `size` items: each epoch is a permutation
/// of its own, computed and not stored. Source: a four-round Feistel network with cycle walking.
std::uint64_t shuffled(std::uint64_t position, std::uint64_t size, std::uint64_t seed);

}  // namespace hone::rollout
