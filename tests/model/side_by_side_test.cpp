#include "model/side_by_side.h"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <vector>

using hone::model::side_by_side;

TEST_CASE("results of work side by side are taken in order") {
  for (const int threads : {1, 2, 5}) {
    for (const std::int64_t count : {0, 1, 2, 3, 40}) {
      INFO(threads << " threads, " << count);
      std::vector<std::int64_t> taken, expected;
      for (std::int64_t i = 0; i < count; ++i) expected.push_back(i * i);
      side_by_side(
          count, threads, [](std::int64_t i) { return i * i; },
          [&](std::int64_t i, std::int64_t result) {
            CHECK(i == static_cast<std::int64_t>(taken.size()));
            taken.push_back(result);
          });
      CHECK(taken == expected);
    }
  }
}

TEST_CASE("a failure beside others is thrown, and nothing behind it is taken") {
  for (const int threads : {1, 2, 5}) {
    for (const bool in_take : {false, true}) {
      INFO(threads << " threads, in take " << in_take);
      std::int64_t taken = 0;
      const auto fail = [](std::int64_t i) {
        if (i == 7) throw std::runtime_error("seven");
      };
      CHECK_THROWS_WITH(side_by_side(
                            20, threads,
                            [&](std::int64_t i) {
                              if (!in_take) fail(i);
                              return std::to_string(i);
                            },
                            [&](std::int64_t i, const std::string& result) {
                              if (in_take) fail(i);
                              CHECK(result == std::to_string(taken));
                              ++taken;
                            }),
                        "seven");
      CHECK(taken <= 7);
    }
  }
}
