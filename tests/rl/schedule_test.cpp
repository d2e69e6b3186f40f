#include "rl/schedule.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace hone::rl {
namespace {

bool close(double a, double b) { return std::abs(a - b) <= 1e-12 * std::max(std::abs(b), 1e-6); }

}  // namespace

TEST_CASE("the warm-up learns from its first step and ends at the peak") {
  OptimizerConfig config;
  config.learning_rate = 0.4;
  config.warmup_steps = 4;
  for (const auto decay : {Decay::kConstant, Decay::kLinear, Decay::kCosine}) {
    config.decay = decay;
    CHECK(close(learning_rate_at(config, 0, 10), 0.1));
    CHECK(close(learning_rate_at(config, 1, 10), 0.2));
    CHECK(close(learning_rate_at(config, 3, 10), 0.4));
    CHECK(close(learning_rate_at(config, 4, 10), 0.4));
  }
}

TEST_CASE("decays worked by hand") {
  OptimizerConfig config;
  config.learning_rate = 1.0;
  config.warmup_steps = 0;
  config.min_lr_ratio = 0.2;
  config.decay = Decay::kLinear;
  CHECK(close(learning_rate_at(config, 0, 8), 1.0));
  CHECK(close(learning_rate_at(config, 2, 8), 0.8));
  CHECK(close(learning_rate_at(config, 8, 8), 0.2));
  CHECK(close(learning_rate_at(config, 9, 8), 0.2));
  config.decay = Decay::kCosine;
  CHECK(close(learning_rate_at(config, 4, 8), 0.6));
  CHECK(close(learning_rate_at(config, 2, 8), 0.2 + 0.8 * (0.5 + std::sqrt(0.125))));
  CHECK(close(learning_rate_at(config, 8, 8), 0.2));
  config.decay = Decay::kConstant;
  CHECK(close(learning_rate_at(config, 7, 8), 1.0));
}

TEST_CASE("a warm-up as long as the run, or longer, never passes the peak") {
  OptimizerConfig config;
  config.warmup_steps = 10;
  CHECK(close(learning_rate_at(config, 4, 5), 0.5e-3));
  CHECK(close(learning_rate_at(config, 9, 10), 1e-3));
  CHECK(close(learning_rate_at(config, 10, 10), 1e-3));
}

TEST_CASE("after the warm-up the learning rates are transformers'; within it one step ahead") {
  std::ifstream file(HONE_SOURCE_DIR "/tests/parity/trl_optimizer.json");
  const auto fixture = nlohmann::json::parse(file);
  for (const auto& one : fixture.at("schedules")) {
    const std::string decay = one.at("decay");
    OptimizerConfig config;
    config.learning_rate = one.at("learning_rate");
    config.warmup_steps = one.at("warmup_steps");
    config.min_lr_ratio = one.at("min_lr_ratio");
    config.decay = decay == "cosine"   ? Decay::kCosine
                   : decay == "linear" ? Decay::kLinear
                                       : Decay::kConstant;
    const auto rates = one.at("rates").get<std::vector<double>>();
    const std::int64_t steps = one.at("num_steps");
    for (std::int64_t step = 0; step <= steps; ++step) {
      INFO(decay << ", step " << step);
      const std::int64_t theirs = step < config.warmup_steps ? step + 1 : step;
      CHECK(close(learning_rate_at(config, step, steps), rates[static_cast<std::size_t>(theirs)]));
    }
  }
}

}  // namespace hone::rl
