#include "rl/difficulty.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "rl/policy.h"
#include "tests/support/text_of.h"
#include "tests/support/tiny_stages.h"

using namespace hone;
using namespace hone::tests;

TEST_CASE("problems within the bounds are kept, middling ones more often if wanted") {
  const std::vector<double> pass_rates = {0.0, 0.1, 0.5, 0.75, 1.0};
  rl::DifficultyConfig config;
  CHECK(rl::places_by_difficulty(pass_rates, config) == std::vector<std::uint64_t>{1, 2, 3});
  config.min_pass_rate = 0;
  config.max_pass_rate = 1;
  CHECK(rl::places_by_difficulty(pass_rates, config) == std::vector<std::uint64_t>{0, 1, 2, 3, 4});
  config.min_pass_rate = config.max_pass_rate = 0.3;
  CHECK(rl::places_by_difficulty({3.0 / 10, 0.4}, config) == std::vector<std::uint64_t>{0});
  config.min_pass_rate = 0.1;
  config.max_pass_rate = 0.9;
  CHECK(rl::places_by_difficulty(pass_rates, config) == std::vector<std::uint64_t>{1, 2, 3});
  config.weight = rl::DifficultyWeight::kVariance;
  // 4 p (1 - p) is .36, 1 and .75: 1.44, 4 and 3 times.
  CHECK(rl::places_by_difficulty(pass_rates, config) ==
        std::vector<std::uint64_t>{1, 2, 2, 2, 2, 3, 3, 3});
  config.min_pass_rate = 0.8;
  CHECK(rl::places_by_difficulty(pass_rates, config).empty());
}

TEST_CASE("a stage trains on the problems its start neither always nor never solves") {
  const Run run;
  train_base(run);
  rl::GrpoConfig config = grpo_config();
  config.difficulty.problems = 24;
  config.difficulty.samples = 8;
  config.difficulty.min_pass_rate = 0.2;
  config.difficulty.max_pass_rate = 0.8;
  const rl::StageContext stage = run.stage("zero", 1);
  const rl::Policy policy = rl::load_policy(stage.resolve("base"));
  const auto chosen = rl::training_problems(config, policy, stage);
  const auto pass_rates = nlohmann::json::parse(text_of(stage.folder / "difficulty.json"))
                              .at("pass_rates")
                              .get<std::vector<double>>();
  REQUIRE(pass_rates.size() == 24);
  const auto all = rl::open_problems(config.data, rewards::Split::kTrain, stage.seed);
  std::multiset<std::string> expected;
  for (std::size_t i = 0; i < pass_rates.size(); ++i) {
    if (pass_rates[i] >= 0.2 && pass_rates[i] <= 0.8) expected.insert(all->at(i).prompt);
  }
  REQUIRE(expected.size() > 2);
  REQUIRE(expected.size() < 24);
  REQUIRE(chosen->size() == expected.size());
  for (const std::uint64_t cycle : {0, 1}) {
    std::multiset<std::string> prompts;
    for (std::uint64_t i = 0; i < chosen->size(); ++i) {
      prompts.insert(chosen->at(cycle * chosen->size() + i).prompt);
    }
    CHECK(prompts == expected);
  }
  // Measured once: what is in the file counts from then on.
  const auto again = rl::training_problems(config, policy, stage);
  CHECK(again->at(0).prompt == chosen->at(0).prompt);
  config.difficulty.min_pass_rate = config.difficulty.max_pass_rate = 0.51;
  CHECK_THROWS_AS(rl::training_problems(config, policy, stage), rl::GuardError);

  config = grpo_config();
  config.difficulty.problems = 24;
  config.difficulty.min_pass_rate = 0.2;
  config.difficulty.max_pass_rate = 0.8;
  config.steps = 2;
  rl::StageContext trained = run.stage("trained", 2);
  rl::run_grpo(config, trained);
  CHECK(run.metrics("trained").size() == 2);
}
