#include "rewards/rewards.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "rewards/json_fields.h"

using namespace hone::rewards;
using nlohmann::json;

namespace {

Sample sample_of(std::string_view completion, std::string_view answer) {
  return {.prompt = "1+1=", .completion = completion, .answer = answer, .metadata = {}};
}

std::string problem_of(std::string_view name, const json& config) {
  try {
    reward_by_name(name, config);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the task reward judges by the task that a problem names") {
  const auto reward = make_reward(RewardConfig(TaskRewardConfig{}));
  const auto score = [&](std::string_view completion, std::string_view answer,
                         std::string_view metadata) {
    return reward->score(
        {.prompt = "", .completion = completion, .answer = answer, .metadata = metadata});
  };
  CHECK(score("<answer>1,2,3</answer>", "1,2,3", R"({"task": "number_sorting"})").status ==
        Status::kCorrect);
  CHECK(score("<answer>3,2,1</answer>", "1,2,3", R"({"task": "number_sorting"})").status ==
        Status::kWrong);
  CHECK(score("<answer>7</answer>", "7", R"({"task": "lastdigit"})").status == Status::kCorrect);
  for (const char* metadata : {"", "{}", "[1", R"({"task": 3})", R"({"task": "none"})", "7"}) {
    CHECK(score("<answer>7</answer>", "7", metadata).status == Status::kAbstain);
  }
  CHECK(reward_by_name("task", nullptr)->score(sample_of("7", "7")).status == Status::kAbstain);
}

TEST_CASE("a sum of rewards says where it comes from") {
  const RewardSum sum({{AnswerConfig{}, 1.0, ""}, {FormatConfig{}, 0.5, "form"}});
  CHECK(sum.names() == std::vector<std::string>{"answer", "form"});
  const Breakdown both = sum.score(sample_of("<think></think><answer>2</answer>", "2"));
  CHECK(both.total == 1.5);
  REQUIRE(both.scores.size() == 2);
  CHECK(both.scores[0].value == 1.0);
  CHECK(sum.score(sample_of("<answer>2</answer>", "2")).total == 1.0);
  CHECK(sum.score(sample_of("<think></think><answer>3</answer>", "2")).total == 0.5);
}

TEST_CASE("a reward that cannot tell is counted apart") {
  const RewardSum sum({{AnswerConfig{}, 1.0, ""}, {FormatConfig{}, 0.5, ""}});
  const Breakdown breakdown = sum.score(sample_of("<think></think><answer>2</answer>", ""));
  CHECK(breakdown.total == 0.5);
  CHECK(breakdown.scores[0].status == Status::kAbstain);
}

TEST_CASE("a gate lets a reward count only where another one is at its best") {
  const RewardSum sum({{AnswerConfig{}, 1.0, "", "form"}, {FormatConfig{}, 0.5, "form"}});
  CHECK(sum.score(sample_of("<think></think><answer>2</answer>", "2")).total == 1.5);
  CHECK(sum.score(sample_of("<think></think><answer>3</answer>", "2")).total == 0.5);
  const Breakdown unformed = sum.score(sample_of("<answer>2</answer>", "2"));
  CHECK(unformed.total == 0.0);
  CHECK(unformed.scores[0].value == 0.0);
  CHECK(unformed.scores[0].status == Status::kWrong);
  CHECK(unformed.scores[0].detail == "does not count, see form: found \"2\"");
  // A penalty behind a closed gate does not count either, and neither does an open question.
  const RewardSum penalty(
      {{RepetitionConfig{.ngram_size = 1}, 1.0, "", "answer"}, {AnswerConfig{}, 0.0}});
  CHECK(penalty.score(sample_of("a a a <answer>2</answer>", "2")).total == -0.5);
  CHECK(penalty.score(sample_of("a a a <answer>3</answer>", "2")).total == 0.0);
  const Breakdown unknown = penalty.score(sample_of("a a a <answer>3</answer>", ""));
  CHECK(unknown.scores[0].status == Status::kAbstain);
  CHECK(unknown.scores[0].detail == "its gate \"answer\" cannot tell");
}

TEST_CASE("a gate never raises a reward that is not negative") {
  const std::vector<WeightedReward> open = {{AnswerConfig{}, 1.0}, {FormatConfig{}, 0.5}};
  std::vector<WeightedReward> gated = open;
  gated[0].gate = "format";
  const RewardSum one(open), two(gated);
  for (const char* completion :
       {"", "2", "<answer>2</answer>", "<think>a</think><answer>2</answer>",
        "<think>a</think><answer>3</answer>", "<think>a</think>2", "\\boxed{2}"}) {
    CHECK(two.score(sample_of(completion, "2")).total <=
          one.score(sample_of(completion, "2")).total);
  }
}

TEST_CASE("a gate has to be another reward of the list") {
  using Catch::Contains;
  const auto problem = [](const std::vector<WeightedReward>& rewards) -> std::string {
    try {
      const RewardSum sum(rewards);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  CHECK_THAT(problem({{AnswerConfig{}, 1, "", "format"}}), Contains("there is none"));
  CHECK_THAT(problem({{AnswerConfig{}, 1, "", "answer"}, {FormatConfig{}}}),
             Contains("gate of \"answer\": expected the name of another reward (format), got "
                      "\"answer\""));
  CHECK_THAT(problem({{AnswerConfig{}, 1, "", "format"}, {FormatConfig{}, 1, "form"}}),
             Contains("got \"format\""));
  CHECK(problem({{AnswerConfig{}, 1, "", "form"}, {FormatConfig{}, 1, "form"}}).empty());
}

TEST_CASE("lists of rewards that make no sense are refused") {
  CHECK_THROWS_AS(RewardSum({}), std::invalid_argument);
  CHECK_THROWS_AS(RewardSum({{AnswerConfig{}, 1, ""}, {AnswerConfig{}, 1, ""}}),
                  std::invalid_argument);
  CHECK_NOTHROW(RewardSum({{AnswerConfig{}, 1, ""}, {AnswerConfig{}, 1, "again"}}));
  CHECK_THROWS_AS(
      RewardSum({{TaskRewardConfig{ParityConfig{.min_bits = 9, .max_bits = 3}}, 1, ""}}),
      std::invalid_argument);
}

TEST_CASE("the random reward is a fair coin that never changes its mind") {
  const auto coin = make_reward(RandomConfig{.seed = 3, .probability = 0.25});
  const auto other = make_reward(RandomConfig{.seed = 4, .probability = 0.25});
  int ones = 0, differ = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string completion = std::to_string(i);
    const Sample sample = sample_of(completion, "2");
    const double value = coin->score(sample).value;
    REQUIRE(value == coin->score(sample).value);
    ones += value == 1.0;
    differ += value != other->score(sample).value;
  }
  CHECK(ones == Approx(5000).margin(5 * 62));    // five standard deviations
  CHECK(differ == Approx(7500).margin(5 * 69));  // 2 * .25 * .75
  CHECK(make_reward(RandomConfig{.probability = 0})->score(sample_of("a", "a")).value == 0.0);
  CHECK(make_reward(RandomConfig{.probability = 1})->score(sample_of("a", "a")).value == 1.0);
}

TEST_CASE("rewards by name") {
  CHECK(reward_by_name("answer", nullptr)->score(sample_of("<answer>2</answer>", "2")).value ==
        1.0);
  CHECK(reward_by_name("task:parity", {{"min_bits", 2}})->score(sample_of("1", "1")).value == 1.0);
  CHECK(reward_by_name("task", {{"task", "parity"}})->score(sample_of("1", "1")).value == 1.0);
  const json nested = {{"task", {{"type", "parity"}, {"max_bits", 99}}}};
  CHECK(reward_by_name("task", nested)->score(sample_of("0", "1")).value == 0.0);
}

TEST_CASE("bad settings are named") {
  using Catch::Contains;
  CHECK_THAT(problem_of("anwser", nullptr),
             Contains("answer, format, random, task, language_consistency, ") &&
                 Contains("soft_overlong_punishment, exact") && Contains("code, command, math"));
  CHECK_THAT(problem_of("task:sudoku", nullptr),
             Contains("lastdigit, addition, parity, spell_backward, number_sorting"));
  CHECK_THAT(problem_of("answer", {{"x", 1}}), Contains("unknown setting \"x\""));
  CHECK_THAT(problem_of("random", {{"sed", 1}}), Contains("seed, probability"));
  CHECK_THAT(problem_of("random", {{"probability", 1.5}}), Contains("from 0.0 to 1.0"));
  CHECK_THAT(problem_of("random", {{"probability", "half"}}), Contains("a number, got \"half\""));
  CHECK_THAT(problem_of("format", {{"min_think_chars", 1.5}}), Contains("a whole number"));
  CHECK_THAT(problem_of("format", {{"min_think_chars", 18446744073709551615ULL}}),
             Contains("a whole number"));
  CHECK_THAT(problem_of("repetition_penalty", {{"unit", 0}}),
             Contains("unit: expected one of words, characters, tokens, got 0"));
  CHECK_THAT(problem_of("format", json::array({1})), Contains("expected an object"));
  CHECK_THAT(problem_of("task", {{"task", {{"type", 3}}}}), Contains("expected one of"));
  CHECK_THAT(problem_of("task", {{"task", {{"type", "parity"}, {"x", 1}}}}),
             Contains("type, min_bits"));
  CHECK_THAT(problem_of("task:parity", {{"min_bits", 9}, {"max_bits", 3}}),
             Contains("min_bits = 9 is more than max_bits = 3"));
}
