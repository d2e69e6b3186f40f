#include "rewards/choice.h"

#include <catch2/catch.hpp>

using namespace hone::rewards;

namespace {

Score judge(std::string_view completion, std::string_view answer = "B", ChoiceConfig config = {}) {
  return make_reward(config)->score(
      {.prompt = "?", .completion = completion, .answer = answer, .metadata = {}});
}

}  // namespace

TEST_CASE("a letter in many dresses") {
  for (const char* good : {"<answer>B</answer>", "<answer> (b) </answer>", "<answer>B.</answer>",
                           "<answer>B) the second</answer>", "<answer>(B) the second</answer>",
                           "<answer>B: the second</answer>", "\\boxed{B}", "\\boxed{\\text{B}}",
                           "<answer>**B**</answer>", "Answer: B", "So,\nANSWER: **B**\n",
                           "Answer: A\nNo.\nAnswer: $B$", "<think>Answer: A</think>Answer: B",
                           "<answer>\\boxed{B}</answer>"}) {
    INFO(good);
    CHECK(judge(good).status == Status::kCorrect);
    CHECK(judge(good).value == 1.0);
    CHECK(judge(good, "A").status == Status::kWrong);
    CHECK(judge(good, "(B)").status == Status::kCorrect);
  }
}

TEST_CASE("two letters, no letter and other letters are none") {
  for (const char* bad : {"", "B", "The answer is B", "<answer>A or B</answer>",
                          "<answer>AB</answer>", "<answer>B, A</answer>", "<answer>E</answer>",
                          "<answer>B or not</answer>", "<answer>(B</answer>", "<answer></answer>",
                          "<answer>2</answer>", "<answer>Bananas</answer>", "<answer>B",
                          "Answer: A, B, C, D", "<think>Answer: B</think>"}) {
    INFO(bad);
    CHECK(judge(bad).value == 0.0);
    CHECK(judge(bad).status == Status::kMalformed);
  }
  // Naming all of them is naming the first.
  CHECK(judge("<answer>A) B) C) D)</answer>").status == Status::kWrong);
}

TEST_CASE("the letters of the problem") {
  CHECK(judge("<answer>E</answer>", "E", {.choices = 5}).status == Status::kCorrect);
  CHECK(judge("<answer>E</answer>", "E").status == Status::kAbstain);
  CHECK(judge("<answer>B</answer>", "").status == Status::kAbstain);
  CHECK(judge("<answer>B</answer>", "42").status == Status::kAbstain);
}
