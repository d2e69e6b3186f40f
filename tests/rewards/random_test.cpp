#include "rewards/tasks/random.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <set>

#include "rewards/hash.h"
#include "rewards/tasks/task.h"

using namespace hone::rewards;

// Values from a separate implementation of FNV-1a, fmix64 and the Mersenne Twister.
TEST_CASE("hashes and streams never change: splits and recorded runs depend on them") {
  CHECK(mix64(1) == 0xb456bcfc34c2cb2cULL);
  CHECK(hash64("") == 0xefd01f60ba992926ULL);
  CHECK(hash64("3*7+4*9=") == 0x8097d9a1cf820999ULL);
  CHECK(Random({1, 2}).below(std::uint64_t{1} << 62) == 0xf660018e068ba20ULL);
}

TEST_CASE("streams of different keys differ") {
  std::set<std::uint64_t> seen;
  for (std::uint64_t i = 0; i < 100; ++i) {
    for (std::uint64_t j = 0; j < 100; ++j) seen.insert(Random({i, j}).below(UINT64_MAX));
  }
  seen.insert(Random({0}).below(UINT64_MAX));
  seen.insert(Random({0, 0, 0}).below(UINT64_MAX));
  CHECK(seen.size() == 10'002);
}

TEST_CASE("bounds are kept and every value is reached evenly") {
  Random random{1};
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) {
    const std::int64_t value = random.between(-3, 3);
    REQUIRE((value >= -3 && value <= 3));
    ++counts[static_cast<std::size_t>(value + 3)];
  }
  for (const int count : counts) CHECK(count == Approx(10'000).margin(5 * 93));
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  bool negative = false, positive = false;
  for (int i = 0; i < 100; ++i) (random.between(kMin, kMax) < 0 ? negative : positive) = true;
  CHECK((negative && positive));
  CHECK(random.between(5, 5) == 5);
  CHECK_FALSE(random.chance(0));
  CHECK(random.chance(1));
}
