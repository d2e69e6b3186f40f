#include "rl/aggregate.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <stdexcept>

namespace hone::rl {

TEST_CASE("token weights worked by hand") {
  const std::vector<int> lengths = {2, 5, 3};
  const std::vector<bool> none(3, false);
  CHECK(token_weights(lengths, none, Aggregate::kSequenceMean, 8) ==
        std::vector<double>{1.0 / 6, 1.0 / 15, 1.0 / 9});
  CHECK(token_weights(lengths, none, Aggregate::kTokenMean, 8) ==
        std::vector<double>{0.1, 0.1, 0.1});
  CHECK(token_weights(lengths, none, Aggregate::kConstant, 8) ==
        std::vector<double>{1.0 / 24, 1.0 / 24, 1.0 / 24});
  CHECK(token_weights(lengths, none, Aggregate::kSequenceSum, 8) ==
        std::vector<double>{1.0 / 3, 1.0 / 3, 1.0 / 3});
}

TEST_CASE("a masked sequence counts as a row, its tokens do not count") {
  const std::vector<int> lengths = {2, 5, 3};
  const std::vector<bool> second = {false, true, false};
  CHECK(token_weights(lengths, second, Aggregate::kSequenceMean, 8) ==
        std::vector<double>{1.0 / 6, 0.0, 1.0 / 9});
  CHECK(token_weights(lengths, second, Aggregate::kTokenMean, 8) ==
        std::vector<double>{0.2, 0.0, 0.2});
  CHECK(token_weights(lengths, second, Aggregate::kConstant, 8) ==
        std::vector<double>{1.0 / 24, 0.0, 1.0 / 24});
}

TEST_CASE("a loss of 1 at every token is a mean of 1") {
  const std::vector<int> lengths = {1, 17, 4, 9};
  const std::vector<bool> none(4, false);
  for (const auto aggregate : {Aggregate::kSequenceMean, Aggregate::kTokenMean}) {
    const auto weights = token_weights(lengths, none, aggregate, 32);
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] * lengths[i];
    CHECK(std::abs(sum - 1.0) < 1e-15);
  }
}

TEST_CASE("nothing left to learn from gives zeros, not infinities") {
  for (const auto aggregate :
       {Aggregate::kSequenceMean, Aggregate::kTokenMean, Aggregate::kConstant}) {
    CHECK(token_weights({3, 4}, {true, true}, aggregate, 8) == std::vector<double>{0.0, 0.0});
    CHECK(token_weights({0}, {false}, aggregate, 8) == std::vector<double>{0.0});
    CHECK(token_weights({}, {}, aggregate, 8).empty());
  }
}

TEST_CASE("token weights refuse what cannot be meant") {
  CHECK_THROWS_AS(token_weights({1, 2}, {false}, Aggregate::kTokenMean, 8), std::invalid_argument);
  CHECK_THROWS_AS(token_weights({1}, {false}, Aggregate::kConstant, 0), std::invalid_argument);
}

}  // namespace hone::rl
