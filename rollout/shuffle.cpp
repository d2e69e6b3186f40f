#include "rollout/shuffle.h"

#include "rollout/mix.h"

namespace hone::rollout {
namespace {

/// A permutation of [0, 4^half_bits): each round swaps the halves and scrambles one with the other.
std::uint64_t feistel(std::uint64_t x, int half_bits, std::uint64_t key) {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits) - 1;
  std::uint64_t left = x >> half_bits;
  std::uint64_t right = x & mask;
  for (std::uint64_t round = 0; round < 4; ++round) {
    const std::uint64_t next = left ^ (mix(right ^ mix(key + round)) & mask);
    left = right;
    right = next;
  }
  return (left << half_bits) | right;
}

}  // namespace

std::uint64_t shuffled(std::uint64_t position, std::uint64_t size, std::uint64_t seed) {
  int half_bits = 1;
  while ((std::uint64_t{1} << (2 * half_bits)) < size) ++half_bits;
  const std::uint64_t key = mix(mix(seed) ^ (position / size));
  std::uint64_t x = position % size;
  do {  // what falls outside is walked on from: fewer than four rounds on average
    x = feistel(x, half_bits, key);
  } while (x >= size);
  return x;
}

}  // namespace hone::rollout
