#include "rl/advantage.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "rl/presets.h"

namespace hone::rl {
namespace {

void check_close(const std::vector<double>& got, const std::vector<double>& expected,
                 double tolerance = 1e-12) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - expected[i]) < tolerance);
}

LossPieces scaled(AdvantageScale scale) {
  LossConfig config;
  config.advantage_scale = scale;
  return resolve(config);
}

/// JSON has no NaN: null is one.
std::vector<double> numbers(const nlohmann::json& values) {
  std::vector<double> result;
  for (const auto& value : values) {
    result.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                     : value.get<double>());
  }
  return result;
}

}  // namespace

TEST_CASE("advantages worked by hand") {
  const std::vector<double> rewards = {1, 0, 0, 0, 3, 3, 5, 5};
  // Groups of four: means 1/4 and 4; squared distances 3/4 and 4, over 3.
  const double first = 0.5 + 1e-4;
  const double second = std::sqrt(4.0 / 3.0) + 1e-4;
  check_close(advantages(rewards, 4, scaled(AdvantageScale::kGroup)),
              {0.75 / first, -0.25 / first, -0.25 / first, -0.25 / first, -1 / second, -1 / second,
               1 / second, 1 / second});
  check_close(advantages(rewards, 4, scaled(AdvantageScale::kNone)),
              {0.75, -0.25, -0.25, -0.25, -1, -1, 1, 1});
  // All eight: mean 17/8, sum of squares 69, so 69 - 289/8 over 7.
  const double batch = std::sqrt((69.0 - 289.0 / 8.0) / 7.0) + 1e-4;
  check_close(advantages(rewards, 4, scaled(AdvantageScale::kBatch)),
              {0.75 / batch, -0.25 / batch, -0.25 / batch, -0.25 / batch, -1 / batch, -1 / batch,
               1 / batch, 1 / batch});
}

TEST_CASE("advantages are TRL's") {
  std::ifstream file(HONE_SOURCE_DIR "/tests/parity/trl_losses.json");
  const auto fixture = nlohmann::json::parse(file);
  REQUIRE(fixture.at("advantages").size() > 10);
  for (const auto& one : fixture.at("advantages")) {
    const std::string kind = one.at("kind");
    INFO(kind << ", groups of " << one.at("group"));
    std::vector<std::vector<double>> columns;
    for (const auto& column : one.at("rewards")) columns.push_back(numbers(column));
    std::vector<double> got;
    if (kind == "normalize_then_sum") {
      got = advantages_by_reward(columns, one.at("weights").get<std::vector<double>>(),
                                 one.at("group"));
    } else {
      LossConfig config;
      config.preset = kind == "leave_one_out" ? Preset::kRloo : Preset::kGrpo;
      if (kind == "batch") config.advantage_scale = AdvantageScale::kBatch;
      if (kind == "none") config.advantage_scale = AdvantageScale::kNone;
      got = advantages(columns.front(), one.at("group"), resolve(config));
    }
    // TRL takes Bessel's factor in fp32.
    check_close(got, one.at("advantages").get<std::vector<double>>(), 1e-6);
  }
}

TEST_CASE("REINFORCE++ compares with the whole batch") {
  LossConfig config;
  config.preset = Preset::kReinforcePp;
  const std::vector<double> rewards = {1, 0, 0, 0};
  const double std = 0.5 + 1e-4;
  check_close(advantages(rewards, 2, resolve(config)),
              {0.75 / std, -0.25 / std, -0.25 / std, -0.25 / std});
}

TEST_CASE("GPG makes up for groups that teach nothing") {
  LossConfig config;
  config.preset = Preset::kGpg;
  const std::vector<double> rewards = {1, 0, 1, 1, 0, 0, 0, 2};
  // Two of four groups are mixed: all is doubled.
  check_close(advantages(rewards, 2, resolve(config)), {1, -1, 0, 0, 0, 0, -2, 2});
  CHECK(advantages(std::vector<double>{1, 1}, 2, resolve(config)) == std::vector<double>{0, 0});
}

TEST_CASE("a reward for each column's weight is expected") {
  const std::vector<double> weights = {1.0};
  CHECK_THROWS_AS(advantages_by_reward({}, {}, 2), std::invalid_argument);
  CHECK_THROWS_AS(advantages_by_reward({{1, 2}, {1, 2}}, weights, 2), std::invalid_argument);
}

TEST_CASE("equal rewards teach exactly nothing") {
  // 0.1 + 0.1 + 0.1 is not 3 * 0.1 in binary.
  const std::vector<double> rewards = {0.1, 0.1, 0.1, 1.0, 0.0, 1.0};
  for (const auto scale : {AdvantageScale::kGroup, AdvantageScale::kBatch, AdvantageScale::kNone}) {
    const auto result = advantages(rewards, 3, scaled(scale));
    CHECK(result[0] == 0.0);
    CHECK(result[1] == 0.0);
    CHECK(result[2] == 0.0);
    CHECK(result[4] < 0.0);
  }
  CHECK(mixed_groups(rewards, 3) == std::vector<bool>{false, true});
}

TEST_CASE("equal rewards teach exactly nothing without the one itself, too") {
  LossConfig config;
  config.preset = Preset::kRloo;
  const std::vector<double> rewards(8, 1.1);
  CHECK(advantages(rewards, 8, resolve(config)) == std::vector<double>(8, 0.0));
}

TEST_CASE("a single completion has nothing to be compared with") {
  const std::vector<double> rewards = {0.3, 0.7};
  CHECK(advantages(rewards, 1, scaled(AdvantageScale::kGroup)) == std::vector<double>{0.0, 0.0});
  CHECK(mixed_groups(rewards, 1) == std::vector<bool>{false, false});
}

TEST_CASE("differences by rounding alone do not mix a group") {
  const std::vector<double> rewards = {0.1 + 0.2, 0.3};
  CHECK(rewards[0] != rewards[1]);
  CHECK(mixed_groups(rewards, 2) == std::vector<bool>{false});
}

TEST_CASE("rewards that are not whole groups are refused") {
  const std::vector<double> rewards = {1, 2, 3};
  CHECK_THROWS_AS(advantages(rewards, 2, scaled(AdvantageScale::kGroup)), std::invalid_argument);
  CHECK_THROWS_AS(mixed_groups(rewards, 0), std::invalid_argument);
  CHECK(advantages({}, 2, scaled(AdvantageScale::kGroup)).empty());
}

TEST_CASE("moments") {
  CHECK(moments({}).mean == 0.0);
  const std::vector<double> values = {1e9 + 1, 1e9 + 2, 1e9 + 3};
  CHECK(moments(values).mean == 1e9 + 2);
  CHECK(moments(values).std == 1.0);
}

}  // namespace hone::rl
