#include "rl/advantage.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace hone::rl {
namespace {

void check_close(const std::vector<double>& got, const std::vector<double>& expected,
                 double tolerance = 1e-12) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - expected[i]) < tolerance);
}

}  // namespace

TEST_CASE("advantages worked by hand") {
  const std::vector<double> rewards = {1, 0, 0, 0, 3, 3, 5, 5};
  // Groups of four: means 1/4 and 4; squared distances 3/4 and 4, over 3.
  const double first = 0.5 + 1e-4;
  const double second = std::sqrt(4.0 / 3.0) + 1e-4;
  check_close(advantages(rewards, 4, AdvantageScale::kGroup),
              {0.75 / first, -0.25 / first, -0.25 / first, -0.25 / first, -1 / second, -1 / second,
               1 / second, 1 / second});
  check_close(advantages(rewards, 4, AdvantageScale::kNone),
              {0.75, -0.25, -0.25, -0.25, -1, -1, 1, 1});
  // All eight: mean 17/8, sum of squares 69, so 69 - 289/8 over 7.
  const double batch = std::sqrt((69.0 - 289.0 / 8.0) / 7.0) + 1e-4;
  check_close(advantages(rewards, 4, AdvantageScale::kBatch),
              {0.75 / batch, -0.25 / batch, -0.25 / batch, -0.25 / batch, -1 / batch, -1 / batch,
               1 / batch, 1 / batch});
}

TEST_CASE("advantages are TRL's") {
  std::ifstream file(HONE_SOURCE_DIR "/tests/parity/trl_losses.json");
  const auto fixture = nlohmann::json::parse(file);
  for (const auto& one : fixture.at("advantages")) {
    const std::string scale = one.at("scale");
    INFO(scale << ", groups of " << one.at("group"));
    const auto kind = scale == "group"   ? AdvantageScale::kGroup
                      : scale == "batch" ? AdvantageScale::kBatch
                                         : AdvantageScale::kNone;
    // TRL takes Bessel's factor in fp32.
    check_close(advantages(one.at("rewards").get<std::vector<double>>(), one.at("group"), kind),
                one.at("advantages").get<std::vector<double>>(), 1e-7);
  }
}

TEST_CASE("equal rewards teach exactly nothing") {
  // 0.1 + 0.1 + 0.1 is not 3 * 0.1 in binary.
  const std::vector<double> rewards = {0.1, 0.1, 0.1, 1.0, 0.0, 1.0};
  for (const auto scale : {AdvantageScale::kGroup, AdvantageScale::kBatch, AdvantageScale::kNone}) {
    const auto result = advantages(rewards, 3, scale);
    CHECK(result[0] == 0.0);
    CHECK(result[1] == 0.0);
    CHECK(result[2] == 0.0);
    CHECK(result[4] < 0.0);
  }
  CHECK(mixed_groups(rewards, 3) == std::vector<bool>{false, true});
}

TEST_CASE("a single completion has nothing to be compared with") {
  const std::vector<double> rewards = {0.3, 0.7};
  CHECK(advantages(rewards, 1, AdvantageScale::kGroup) == std::vector<double>{0.0, 0.0});
  CHECK(mixed_groups(rewards, 1) == std::vector<bool>{false, false});
}

TEST_CASE("differences by rounding alone do not mix a group") {
  const std::vector<double> rewards = {0.1 + 0.2, 0.3};
  CHECK(rewards[0] != rewards[1]);
  CHECK(mixed_groups(rewards, 2) == std::vector<bool>{false});
}

TEST_CASE("rewards that are not whole groups are refused") {
  const std::vector<double> rewards = {1, 2, 3};
  CHECK_THROWS_AS(advantages(rewards, 2, AdvantageScale::kGroup), std::invalid_argument);
  CHECK_THROWS_AS(mixed_groups(rewards, 0), std::invalid_argument);
  CHECK(advantages({}, 2, AdvantageScale::kGroup).empty());
}

TEST_CASE("moments") {
  CHECK(moments({}).mean == 0.0);
  const std::vector<double> values = {1e9 + 1, 1e9 + 2, 1e9 + 3};
  CHECK(moments(values).mean == 1e9 + 2);
  CHECK(moments(values).std == 1.0);
}

}  // namespace hone::rl
