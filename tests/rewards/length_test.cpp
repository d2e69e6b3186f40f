#include "rewards/length.h"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "rewards/rewards.h"

using namespace hone::rewards;

namespace {

Sample sample_of(bool right, int tokens, std::string_view answer = "2") {
  return {.prompt = "1+1=",
          .completion = right ? "<answer>2</answer>" : "<answer>3</answer>",
          .answer = answer,
          .metadata = {},
          .completion_tokens = tokens};
}

std::vector<Score> judge(const std::vector<Sample>& group) {
  return make_reward(LengthConfig{})->score_group(group);
}

}  // namespace

TEST_CASE("lengths beside each other, worked by hand") {
  const auto scores = judge({sample_of(true, 10), sample_of(true, 15), sample_of(false, 10),
                             sample_of(true, 20), sample_of(false, 18)});
  CHECK(scores[0].value == 0.5);
  CHECK(scores[1].value == 0.0);
  CHECK(scores[2].value == 0.0);
  CHECK(scores[3].value == -0.5);
  CHECK(scores[4].value == Approx(-0.3));
  CHECK(scores[3].status == Status::kCorrect);
  CHECK(scores[4].status == Status::kWrong);
  CHECK(scores[4].detail == "18 tokens of 10 to 20, found \"3\", expected \"2\"");
}

TEST_CASE("equally long completions are all 0") {
  for (const Score& score : judge({sample_of(true, 7), sample_of(false, 7)})) {
    CHECK(score.value == 0.0);
    CHECK(score.status != Status::kAbstain);
  }
}

TEST_CASE("a longer completion never has more, and a wrong one never more than a right one") {
  for (const bool right : {true, false}) {
    double before = 0.5;
    for (int tokens = 10; tokens <= 60; ++tokens) {
      const auto scores = judge({sample_of(true, 10), sample_of(right, tokens),
                                 sample_of(!right, tokens), sample_of(true, 60)});
      REQUIRE((scores[1].value <= before && scores[1].value >= -0.5));
      REQUIRE(scores[right ? 2 : 1].value <= scores[right ? 1 : 2].value);
      before = scores[1].value;
    }
    CHECK(before == -0.5);
  }
}

TEST_CASE("what cannot be compared is abstained from") {
  CHECK(make_reward(LengthConfig{})->score(sample_of(true, 5)).status == Status::kAbstain);
  CHECK(judge({}).empty());
  for (const Score& score : judge({sample_of(true, 5), sample_of(true, 0)})) {
    CHECK(score.status == Status::kAbstain);
  }
  for (const Score& score : judge({sample_of(true, 5, ""), sample_of(true, 9, "")})) {
    CHECK(score.status == Status::kAbstain);
  }
  CHECK_THROWS_AS(make_reward(LengthConfig{.verifier = "task:none"}), std::invalid_argument);
}

TEST_CASE("a sum gives a group to the rewards that compare") {
  const RewardSum sum({{AnswerConfig{}, 1.0}, {LengthConfig{}, 0.5}});
  const std::vector<Sample> group = {sample_of(true, 10), sample_of(false, 20)};
  const auto breakdowns = sum.score_group(group);
  CHECK(breakdowns[0].total == 1.25);
  CHECK(breakdowns[1].total == -0.25);
  CHECK(sum.score(group[0]).total == 1.0);  // alone, length is not known
}
