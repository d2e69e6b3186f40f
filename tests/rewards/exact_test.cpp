#include "rewards/exact.h"

#include <catch2/catch.hpp>

using namespace hone::rewards;

namespace {

Score judge(std::string_view completion, std::string_view answer, ExactConfig config = {}) {
  return make_reward(config)->score(
      {.prompt = "?", .completion = completion, .answer = answer, .metadata = {}});
}

}  // namespace

TEST_CASE("character by character") {
  CHECK(judge("<answer> abc\n</answer>", "abc").value == 1.0);
  CHECK(judge("\\boxed{abc}", " abc ").status == Status::kCorrect);
  CHECK(judge("<answer>Abc</answer>", "abc").status == Status::kWrong);
  CHECK(judge("<answer>1/2</answer>", "0.5").status == Status::kWrong);
  CHECK(judge("<answer>a  b</answer>", "a b").status == Status::kWrong);
  CHECK(judge("<answer>abcd</answer>", "abc").status == Status::kWrong);
  CHECK(judge("<answer></answer>", "abc").status == Status::kMalformed);
  CHECK(judge("abc", "abc").status == Status::kMalformed);
  CHECK(judge("<answer>abc</answer>", " ").status == Status::kAbstain);
}

TEST_CASE("the completion as it is, and letters of either case") {
  CHECK(judge(" abc\n", "abc", {.whole_completion = true}).value == 1.0);
  CHECK(judge("<answer>abc</answer>", "abc", {.whole_completion = true}).value == 0.0);
  CHECK(judge(" ", "abc", {.whole_completion = true}).status == Status::kMalformed);
  const ExactConfig either{.whole_completion = true, .ignore_case = true};
  CHECK(judge("aBC", "Abc", either).value == 1.0);
  CHECK(judge("\xC3\x84pfel", "\xC3\xA4PFEL", either).value == 1.0);  // A umlaut
  CHECK(judge("abc", "abcd", either).value == 0.0);
  CHECK(judge("abcd", "abc", either).value == 0.0);
  CHECK(judge("\xFF", "\xFE", either).value == 0.0);
  CHECK(judge("\xFF", "\xFF", either).value == 1.0);
}
