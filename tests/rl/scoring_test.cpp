#include "rl/scoring.h"

#include <catch2/catch.hpp>
#include <cmath>

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

}  // namespace hone::rl
