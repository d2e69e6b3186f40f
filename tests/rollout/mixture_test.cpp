#include "rollout/mixture.h"

#include <catch2/catch.hpp>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>

using hone::rollout::Mixture;
using hone::rollout::source_seed;

TEST_CASE("the cycle is the shortest that gives the shares exactly") {
  const Mixture three_to_one({3, 1}, 1);
  CHECK(three_to_one.cycle() == 4);
  CHECK(three_to_one.count(0) == 3);
  const Mixture tenths({0.1, 0.2, 0.7}, 1);
  CHECK(tenths.cycle() == 10);
  CHECK(tenths.count(2) == 7);
  CHECK(Mixture({5}, 1).cycle() == 1);
  CHECK(Mixture({0, 2, 2}, 1).cycle() == 2);
}

TEST_CASE("shares that no short cycle gives are rounded to a thousandth") {
  const Mixture odd({0.3333, 0.12345, 0.54325}, 1);
  CHECK(odd.cycle() == 1000);
  CHECK(odd.count(0) == 333);
  CHECK(odd.count(1) == 124);  // 123.45: the largest remainder
  CHECK(odd.count(2) == 543);
}

TEST_CASE("each cycle holds every source's count, and its items without a gap or a repetition") {
  const Mixture mixture({3, 1, 2}, 7);
  std::map<std::size_t, std::uint64_t> next;
  for (std::uint64_t position = 0; position < 600; ++position) {
    const Mixture::Place place = mixture.at(position);
    CHECK(place.index == next[place.source]++);
    CHECK(mixture.position_of(place) == position);
    if (position % 6 == 5) {
      const std::uint64_t cycles = position / 6 + 1;
      CHECK(next[0] == 3 * cycles);
      CHECK(next[1] == cycles);
      CHECK(next[2] == 2 * cycles);
    }
  }
}

TEST_CASE("the order is the seed's, another in each cycle, and needs no earlier position") {
  const auto order = [](std::uint64_t seed, std::uint64_t cycle) {
    std::string text;
    for (std::uint64_t i = 0; i < 20; ++i) {
      text += std::to_string(Mixture({1, 1}, seed).at(2 * (cycle * 10) + i).source);
    }
    return text;
  };
  CHECK(order(1, 0) == order(1, 0));
  CHECK(order(1, 0) != order(2, 0));
  CHECK(order(1, 0) != order(1, 1));
  CHECK(Mixture({1, 1}, 1).at(1'000'000'000'000).index == 500'000'000'000);
}

TEST_CASE("the size is where a finite source begins again") {
  const Mixture mixture({3, 1}, 5);
  CHECK(mixture.size({0, 0}) == 0);
  for (const std::uint64_t rows : {1, 3, 4, 10}) {
    const std::uint64_t size = mixture.size({rows, 0});
    CHECK(mixture.at(size).source == 0);
    CHECK(mixture.at(size).index == rows);
  }
  CHECK(mixture.size({10, 2}) == std::min(mixture.size({10, 0}), mixture.size({0, 2})));
  CHECK(Mixture({1, 0}, 5).size({0, 9}) == 0);  // left out
}

TEST_CASE("weights that make no mixture are refused") {
  CHECK_THROWS_AS(Mixture({}, 1), std::invalid_argument);
  CHECK_THROWS_AS(Mixture({0, 0}, 1), std::invalid_argument);
  CHECK_THROWS_AS(Mixture({1, -1}, 1), std::invalid_argument);
  CHECK_THROWS_AS(Mixture({1, std::numeric_limits<double>::infinity()}, 1), std::invalid_argument);
  CHECK_THROWS_WITH(Mixture({1, 1e-5}, 1),
                    "the share of source 1 is too small: less than one in 1000");
}

TEST_CASE("sources have seeds of their own") {
  std::set<std::uint64_t> seeds = {1};
  for (std::size_t source = 0; source < 8; ++source) seeds.insert(source_seed(1, source));
  CHECK(seeds.size() == 9);
  CHECK(source_seed(1, 0) != source_seed(2, 0));
}
