#include "rl/rollout_metrics.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <stdexcept>

namespace hone::rl {
namespace {

rollout::Rollout scored(int prompt, int completion, rollout::Finish finish, double answer,
                        double format, const std::string& text = "") {
  rollout::Rollout result;
  result.prompt_length = prompt;
  result.tokens.resize(static_cast<std::size_t>(prompt + completion));
  result.finish = finish;
  result.completion = text;
  result.rewards = {answer, format};
  result.reward = answer + 0.5 * format;
  return result;
}

}  // namespace

TEST_CASE("metrics of a batch of rollouts worked by hand") {
  using rewards::Status;
  using rollout::Finish;
  const std::vector<rollout::Rollout> rollouts = {
      // Rewards 1.5, 0.5; two answers.
      scored(3, 4, Finish::kStop, 1, 1, "<think>Wait, but</think><answer>4</answer>"),
      scored(3, 8, Finish::kLength, 0, 1, "<answer>5</answer>"),
      // Rewards 0, 0; one answer, written in two ways.
      scored(5, 2, Finish::kStop, 0, 0, "check <answer>0.5</answer>"),
      scored(5, 8, Finish::kLength, 0, 0, "<answer> 1/2 </answer>"),
  };
  const std::vector<Status> verdicts = {Status::kCorrect, Status::kMalformed, Status::kAbstain,
                                        Status::kWrong};
  const Metrics metrics =
      rollout_metrics({rollouts, {"answer", "format"}, verdicts, 2, 1000, {1.0, 0.5}});
  const std::map<std::string, double> expected = {
      {"reward", 0.5},
      {"reward_std", std::sqrt(0.5)},  // distances 1, 0, -.5, -.5: sum of squares 1.5, over 3
      {"rewards/answer/mean", 0.25},
      {"rewards/answer/std", 0.5},
      {"rewards/format/mean", 0.5},
      {"rewards/format/std", std::sqrt(1.0 / 3.0)},
      {"rewards/answer/abstained", 0},
      {"rewards/format/abstained", 0},
      {"rewards/answer/share", 0.5},  // 1 of 1 and 2 * 0.5
      {"rewards/format/share", 0.5},
      {"rewards/abstained", 0},
      {"frac_reward_zero_std", 0.5},
      {"rollouts/mixed_groups", 0.5},
      {"rollouts/distinct_answers", 1.5},
      {"completions/mean_length_right", 4},
      {"completions/mean_length_wrong", 8},
      {"completions/reflection_words", 0.75},
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
      {{scored(1, 4, rollout::Finish::kLength, 0, 0), scored(1, 4, rollout::Finish::kLength, 1, 0)},
       {"answer", "format"},
       {rewards::Status::kWrong, rewards::Status::kWrong},
       2,
       10});
  const std::map<std::string, double> by_name(metrics.begin(), metrics.end());
  CHECK(by_name.at("completions/mean_terminated_length") == 0.0);
  CHECK(by_name.at("completions/min_terminated_length") == 0.0);
  CHECK(by_name.at("completions/max_terminated_length") == 0.0);
  CHECK(by_name.at("completions/clipped_ratio") == 1.0);
  CHECK(by_name.at("frac_reward_zero_std") == 0.0);
  CHECK(by_name.at("rollouts/distinct_answers") == 0.0);
  CHECK(by_name.at("completions/mean_length_wrong") == 4.0);
  CHECK_FALSE(by_name.contains("completions/mean_length_right"));
}

TEST_CASE("rewards that nobody could give have no mean") {
  rollout::Rollout none = scored(1, 4, rollout::Finish::kStop, 0, 1);
  none.abstained = {true, false};
  const Metrics metrics = rollout_metrics({{none, none}, {"answer", "format"}, {}, 2, 10});
  const std::map<std::string, double> by_name(metrics.begin(), metrics.end());
  CHECK(std::isnan(by_name.at("rewards/answer/mean")));
  CHECK(std::isnan(by_name.at("rewards/answer/std")));
  CHECK(by_name.at("rewards/format/mean") == 1.0);
  CHECK(by_name.at("rewards/abstained") == 2.0);
  CHECK(by_name.at("rewards/answer/abstained") == 2.0);
  CHECK(by_name.at("rewards/format/abstained") == 0.0);
  CHECK_FALSE(by_name.contains("rewards/answer/share"));
  CHECK_FALSE(by_name.contains("completions/mean_length_right"));
  CHECK_FALSE(by_name.contains("completions/mean_length_wrong"));
}

TEST_CASE("what was rewarded is shared out by size, penalties too") {
  const auto shares = [](double answer, double format, std::vector<double> weights) {
    const std::vector<rollout::Rollout> two = {scored(1, 4, rollout::Finish::kStop, answer, format),
                                               scored(1, 4, rollout::Finish::kStop, 0, 0)};
    const Metrics metrics = rollout_metrics({two, {"a", "f"}, {}, 2, 10, std::move(weights)});
    const std::map<std::string, double> by_name(metrics.begin(), metrics.end());
    return std::pair(by_name.at("rewards/a/share"), by_name.at("rewards/f/share"));
  };
  CHECK(shares(1, -1, {1, 3}) == std::pair(0.25, 0.75));
  CHECK(shares(1, 1, {1, 0}) == std::pair(1.0, 0.0));
  CHECK(std::isnan(shares(0, 0, {1, 1}).first));
}

TEST_CASE("the time of a reward is told for one sample") {
  Metrics metrics;
  add_reward_times(metrics, {"answer", "format"}, {3.0, 0.5}, 2);
  CHECK(metrics == Metrics{{"time/rewards/answer", 1.5}, {"time/rewards/format", 0.25}});
  add_reward_times(metrics, {"answer"}, {}, 0);
  CHECK(metrics.size() == 2);
}

TEST_CASE("metrics refuse rollouts that do not fit together") {
  const std::vector<rollout::Rollout> one = {scored(1, 1, rollout::Finish::kStop, 0, 0)};
  CHECK_THROWS_AS(rollout_metrics({one, {"answer"}, {}, 1, 0}), std::invalid_argument);
  CHECK_THROWS_AS(rollout_metrics({one, {"answer", "format"}, {}, 2, 0}), std::invalid_argument);
  const std::vector<rewards::Status> two(2, rewards::Status::kWrong);
  CHECK_THROWS_AS(rollout_metrics({one, {"answer", "format"}, two, 1, 0}), std::invalid_argument);
}

}  // namespace hone::rl
