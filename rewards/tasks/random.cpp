#include "rewards/tasks/random.h"

#include "rewards/hash.h"

namespace hone::rewards {
namespace {

std::uint64_t seed_of(std::initializer_list<std::uint64_t> key) {
  std::uint64_t seed = mix64(key.size() + 1);
  // The odd constant keeps a zero in the key from being a no-op.
  for (const std::uint64_t part : key) seed = mix64(seed + mix64(part + 0x9e3779b97f4a7c15ULL));
  return seed;
}

}  // namespace

Random::Random(std::initializer_list<std::uint64_t> key) : engine_(seed_of(key)) {}

std::uint64_t Random::below(std::uint64_t bound) {
  if (bound <= 1) return 0;
  // 2^64 mod bound: draws under it would make the small results more likely.
  const std::uint64_t excess = (0 - bound) % bound;
  std::uint64_t draw = engine_();
  while (draw < excess) draw = engine_();
  return draw % bound;
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) {
  const std::uint64_t span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  const std::uint64_t offset = span == UINT64_MAX ? engine_() : below(span + 1);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

bool Random::chance(double probability) {
  return static_cast<double>(engine_() >> 11) * 0x1p-53 < probability;
}

}  // namespace hone::rewards
