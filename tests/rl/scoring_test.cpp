#include "rl/scoring.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "rewards/command/command_reward.h"

namespace hone::rl {
namespace {

rollout::Rollout drawn(std::uint64_t problem, int sample, const char* completion, int length) {
  rollout::Rollout rollout;
  rollout.problem = problem;
  rollout.sample = sample;
  rollout.prompt = "1+1=";
  rollout.prompt_length = 2;
  rollout.tokens.resize(static_cast<std::size_t>(2 + length), 7);
  rollout.completion = completion;
  rollout.answer = problem == 9 ? "" : "2";
  return rollout;
}

}  // namespace

TEST_CASE("the samples of a problem are judged beside each other") {
  const rewards::RewardSum sum({{rewards::AnswerConfig{}, 1.0}, {rewards::LengthConfig{}, 1.0}});
  std::vector<rollout::Rollout> rollouts = {
      drawn(1, 0, "<answer>2</answer>", 10), drawn(1, 1, "<answer>3</answer>", 20),
      drawn(2, 0, "<answer>2</answer>", 99),  // alone
      drawn(2, 0, "<answer>2</answer>", 30), drawn(2, 1, "<answer>2</answer>", 40),
      drawn(9, 0, "<answer>2</answer>", 30), drawn(9, 1, "<answer>2</answer>", 40)};
  const RewardSeconds seconds = score_rollouts(sum, rollouts);
  CHECK(seconds.size() == 2);
  CHECK((seconds[0] >= 0 && seconds[1] >= 0));
  const std::vector<double> expected = {1.5, -0.5, 1.0, 1.5, 0.5};
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(rollouts[i].reward == expected[i]);
  CHECK(rollouts[2].abstained == std::vector<bool>{false, true});
  CHECK(std::isnan(reward_of(rollouts[5])));
  CHECK(rollouts[0].details[1] == "10 tokens of 10 to 20, found \"2\"");
}

TEST_CASE("a reward sees the tokens of a completion") {
  const rollout::Rollout rollout = drawn(1, 0, "text", 5);
  CHECK(sample_of(rollout).completion_ids.size() == 5);
  CHECK(sample_of(rollout).completion_tokens == 5);
  const rewards::RewardSum sum(
      {{rewards::RepetitionConfig{.ngram_size = 1, .unit = rewards::RepetitionUnit::kTokens},
        1.0}});
  std::vector<rollout::Rollout> rollouts = {rollout};
  score_rollouts(sum, rollouts);
  CHECK(rollouts[0].reward == -0.8);
}

TEST_CASE("rollouts judged side by side each get their own score, or the first error") {
  const auto sum_of = [](const std::string& program) {
    rewards::CommandConfig config{.command = {"/usr/bin/python3", "-c", program}};
    config.processes = 3;
    config.max_deaths = 1;
    return rewards::RewardSum({{config, 2.0, ""}, {rewards::FormatConfig{}, 1.0, ""}});
  };
  std::vector<rollout::Rollout> rollouts(20);
  for (std::size_t i = 0; i < rollouts.size(); ++i) rollouts[i].completion = std::to_string(i);
  score_rollouts(sum_of("import json, sys\nfor line in sys.stdin: print(json.dumps({'score': "
                        "float(json.loads(line)['completion'])}), flush=True)"),
                 rollouts);
  for (std::size_t i = 0; i < rollouts.size(); ++i) {
    CHECK(rollouts[i].reward == 2.0 * static_cast<double>(i));
    CHECK(rollouts[i].rewards == std::vector<double>{static_cast<double>(i), 0.0});
    CHECK(rollouts[i].abstained == std::vector<bool>{false, false});
  }
  CHECK_THROWS_AS(score_rollouts(sum_of("raise SystemExit(3)"), rollouts), rewards::CommandError);
}

}  // namespace hone::rl
