#include "rl/rollout_metrics.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <stdexcept>

namespace hone::rl {
namespace {

rollout::Rollout scored(int prompt, int completion, rollout::Finish finish, double answer,
                        double format) {
  rollout::Rollout result;
  result.prompt_length = prompt;
  result.tokens.resize(static_cast<std::size_t>(prompt + completion));
  result.finish = finish;
  result.rewards = {answer, format};
  result.reward = answer + 0.5 * format;
  return result;
}

}  // namespace

TEST_CASE("metrics of a batch of rollouts worked by hand") {
  using rollout::Finish;
  const std::vector<rollout::Rollout> rollouts = {
      scored(3, 4, Finish::kStop, 1, 1),  // rewards 1.5, 0.5
      scored(3, 8, Finish::kLength, 0, 1),
      scored(5, 2, Finish::kStop, 0, 0),  // rewards 0, 0
      scored(5, 8, Finish::kLength, 0, 0),
  };
  const Metrics metrics = rollout_metrics(rollouts, {"answer", "format"}, 2, 1000);
  const std::map<std::string, double> expected = {
      {"reward", 0.5},
      {"reward_std", std::sqrt(0.5)},  // distances 1, 0, -.5, -.5: sum of squares 1.5, over 3
      {"rewards/answer/mean", 0.25},
      {"rewards/answer/std", 0.5},
      {"rewards/format/mean", 0.5},
      {"rewards/format/std", std::sqrt(1.0 / 3.0)},
      {"rewards/abstained", 0},
      {"frac_reward_zero_std", 0.5},
      {"completions/mean_length", 5.5},
      {"completions/min_length", 2},
      {"completions/max_length", 8},
      {"completions/mean_terminated_length", 3},
      {"completions/min_terminated_length", 2},
      {"completions/max_terminated_length", 4},
      {"completions/clipped_ratio", 0.5},
      {"num_tokens", 1000},
  };
  CHECK(metrics.size() == expected.size());
  for (const auto& [name, value] : metrics) {
    INFO(name);
    REQUIRE(expected.count(name) == 1);
    CHECK(std::abs(value - expected.at(name)) < 1e-12);
  }
  CHECK(metrics.front().first == "reward");
  CHECK(count_tokens(rollouts) == 38);
}

TEST_CASE("lengths of completions that ended by themselves are 0 where none did") {
  const Metrics metrics = rollout_metrics(
      {scored(1, 4, rollout::Finish::kLength, 0, 0), scored(1, 4, rollout::Finish::kLength, 1, 0)},
      {"answer", "format"}, 2, 10);
  const std::map<std::string, double> by_name(metrics.begin(), metrics.end());
  CHECK(by_name.at("completions/mean_terminated_length") == 0.0);
  CHECK(by_name.at("completions/min_terminated_length") == 0.0);
  CHECK(by_name.at("completions/max_terminated_length") == 0.0);
  CHECK(by_name.at("completions/clipped_ratio") == 1.0);
  CHECK(by_name.at("frac_reward_zero_std") == 0.0);
}

TEST_CASE("metrics refuse rollouts that do not fit together") {
  const std::vector<rollout::Rollout> one = {scored(1, 1, rollout::Finish::kStop, 0, 0)};
  CHECK_THROWS_AS(rollout_metrics(one, {"answer"}, 1, 0), std::invalid_argument);
  CHECK_THROWS_AS(rollout_metrics(one, {"answer", "format"}, 2, 0), std::invalid_argument);
}

}  // namespace hone::rl
