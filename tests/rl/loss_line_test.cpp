#include "rl/loss_line.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace hone::rl {
namespace {

using nlohmann::json;

const json& fixture() {
  static const json all =
      json::parse(std::ifstream(HONE_SOURCE_DIR "/tests/parity/trl_losses.json"));
  return all;
}

json line_of(const json& one) {
  const json& batch = fixture().at("batch");
  json line = {{"config", one.at("config")},
               {"logp", batch.at("logp")},
               {"old_logp", batch.at("old_logp")},
               {"ref_logp", batch.at("ref_logp")},
               {"entropy", batch.at("entropy")},
               {"mask", fixture().at("masks").at(one.at("mask"))},
               {"advantages", fixture().at("advantages_of_rows")},
               {"max_completion_length", fixture().at("max_completion_length")}};
  if (one.at("sampler").get<bool>()) line["sampling_logp"] = batch.at("sampling_logp");
  return line;
}

bool close(double got, double expected, double relative) {
  return std::abs(got - expected) <= relative * std::max(std::abs(expected), 1e-3);
}

/// TRL's sapo has its temperatures in fp32.
double tolerance_of(const std::string& preset) { return preset == "sapo" ? 1e-7 : 1e-9; }

/// A completion of which nothing takes part: here it adds nothing; TRL's trainers with one loss a
/// completion give it a ratio of 1, so that a constant stands in their loss.
double constant_of(const json& one) {
  const std::string preset = one.at("config").at("preset");
  const bool counts = one.at("mask") == "truncated" && (preset == "rloo" || preset == "gmpo");
  const auto advantages = fixture().at("advantages_of_rows").get<std::vector<double>>();
  return counts ? -advantages[3] / static_cast<double>(advantages.size()) : 0.0;
}

void check_rejected(const json& line, const std::string& text) {
  CHECK_THROWS_WITH(loss_of_line(line), Catch::Contains(text));
}

}  // namespace

TEST_CASE("losses, gradients and metrics are TRL's, for every preset and piece it has") {
  REQUIRE(fixture().at("losses").size() > 100);
  for (const json& one : fixture().at("losses")) {
    INFO(one.at("config").dump() << ", mask " << one.at("mask"));
    const json got = loss_of_line(line_of(one));
    const double tolerance = tolerance_of(one.at("config").at("preset"));
    CHECK(close(got.at("loss").get<double>() + constant_of(one), one.at("loss"), tolerance));
    const auto expected = one.at("grad").get<std::vector<std::vector<double>>>();
    const auto grad = got.at("grad").get<std::vector<std::vector<double>>>();
    REQUIRE(grad.size() == expected.size());
    for (std::size_t i = 0; i < grad.size(); ++i) {
      REQUIRE(grad[i].size() == expected[i].size());
      for (std::size_t t = 0; t < grad[i].size(); ++t) {
        INFO("row " << i << ", token " << t << ": " << grad[i][t] << " and " << expected[i][t]);
        CHECK(close(grad[i][t], expected[i][t], tolerance));
      }
    }
    for (const auto& [name, value] : one.at("metrics").items()) {
      INFO(name);
      REQUIRE(got.at("metrics").contains(name));
      CHECK(close(got.at("metrics").at(name), value, 2e-6));  // TRL counts tokens in fp32
    }
  }
}

TEST_CASE("a line may leave out what its loss does not look at") {
  const json line = {{"logp", {{-1.0, -2.0}, {-0.5}}}, {"advantages", {1.0, -1.0}}};
  const json got = loss_of_line(line);  // dapo on policy: the policy gradient, a token mean
  CHECK(close(got.at("loss"), -1.0 / 3, 1e-12));
  CHECK(got.at("grad") == json({{-1.0 / 3, -1.0 / 3}, {1.0 / 3}}));
  CHECK_FALSE(got.at("metrics").contains("kl"));
  CHECK_FALSE(got.at("metrics").contains("entropy"));
}

TEST_CASE("a step of which nothing takes part has a loss of 0") {
  const json line = {{"logp", {{-1.0, -2.0}}}, {"mask", {{0, 0}}}, {"advantages", {1.0}}};
  const json got = loss_of_line(line);
  CHECK(got.at("loss") == 0.0);
  CHECK(got.at("grad") == json({{0.0, 0.0}}));
  CHECK(loss_of_line({{"logp", json::array()}, {"advantages", json::array()}}).at("loss") == 0.0);
}

TEST_CASE("a bad line is refused by the name of what is wrong") {
  const json good = {{"logp", {{-1.0, -2.0}}}, {"advantages", {1.0}}};
  const auto with = [&](const json& more) {
    json line = good;
    line.update(more);
    return line;
  };
  check_rejected({{"advantages", {1.0}}}, "\"logp\"");
  check_rejected(with({{"logp", {-1.0}}}), "\"logp\"");
  check_rejected(with({{"advantages", {1.0, 2.0}}}), "\"advantages\"");
  check_rejected(with({{"mask", {{1}}}}), "\"mask\": expected the shape");
  check_rejected(with({{"mask", {{1, 2}}}}), "\"mask\": expected 0 or 1");
  check_rejected(with({{"config", {{"preset", "ppo"}}}}), "preset: expected one of grpo, dr_grpo");
  check_rejected(with({{"config", {{"beta", 1}}}}), "unknown setting \"beta\"");
  check_rejected(with({{"config", {{"kl_coef", -1}}}}), "kl_coef: expected a number from");
  check_rejected(with({{"config", {{"dual_clip", 0.5}}}}), "dual_clip: expected a number from");
  check_rejected(with({{"config", {{"kl_coef", 0.1}}}}), "\"ref_logp\"");
  check_rejected(with({{"config", {{"entropy_coef", 0.1}}}}), "\"entropy\"");
  check_rejected(with({{"config", {{"preset", "dr_grpo"}}}}), "\"max_completion_length\"");
  check_rejected(with({{"max_completion_length", 0}}), "\"max_completion_length\"");
}

}  // namespace hone::rl
