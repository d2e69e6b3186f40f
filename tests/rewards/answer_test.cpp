#include "rewards/answer.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "rewards/math/equal.h"
#include "rewards/math/extract.h"

using namespace hone::rewards;

namespace {

Score judge(const std::string& completion, const std::string& answer,
            const std::string& prompt = "") {
  return make_reward(AnswerConfig{})
      ->score({.prompt = prompt, .completion = completion, .answer = answer, .metadata = {}});
}

struct Row {
  std::string completion, answer;
  Status status;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const Score score = judge(row.completion, row.answer);
    INFO(row.completion << " | " << row.answer << " | " << score.detail);
    CHECK(status_name(score.status) == status_name(row.status));
    CHECK(score.value == (row.status == Status::kCorrect ? 1.0 : 0.0));
    CHECK_FALSE(score.detail.empty());
    CHECK(score.detail.find('\n') == std::string::npos);
  }
}

constexpr auto kCorrect = Status::kCorrect;
constexpr auto kWrong = Status::kWrong;
constexpr auto kMalformed = Status::kMalformed;
constexpr auto kAbstain = Status::kAbstain;

}  // namespace

TEST_CASE("answers are found in tags or boxes") {
  check({
      {"<think>2+2</think><answer>4</answer>", "4", kCorrect},
      {"<think>2+2</think>\n<answer>\n 4 \n</answer>\n", "4", kCorrect},
      {"so it is \\boxed{4}.", "4", kCorrect},
      {"so it is $\\boxed {4}$", "4", kCorrect},
      {"<answer>\\boxed{4}</answer>", "4", kCorrect},
      {"\\boxed{\\frac{1}{2}}", "0.5", kCorrect},
      {"\\boxed{\\{1,2\\}}", "\\{1, 2\\}", kCorrect},
      {"\\boxed{3} no, \\boxed{4}", "4", kCorrect},
      {"\\boxed{4} no, \\boxed{3}", "4", kWrong},
      {"<answer>3</answer> no, <answer>4</answer>", "4", kCorrect},
      {"<answer>4</answer> no, <answer>3</answer>", "4", kWrong},
      {"\\boxed{5}<answer>4</answer>\\boxed{6}", "4", kCorrect},
      {"4", "4", kMalformed},
      {"", "4", kMalformed},
      {"The answer is 4", "4", kMalformed},
      {"\\boxed 4", "4", kMalformed},
      {"<Answer>4</Answer>", "4", kMalformed},
  });
}

TEST_CASE("answers are compared as numbers, else as text") {
  check({
      {"<answer>1,000</answer>", "1000", kCorrect},
      {"<answer>$1,000.00</answer>", "1000", kCorrect},
      {"<answer>\\$18</answer>", "18", kCorrect},
      {"<answer>18.</answer>", "18", kCorrect},
      {"<answer>**73**</answer>", "73", kCorrect},
      {"<answer>\\(73\\)</answer>", "73", kCorrect},
      {"<answer>$$\\text{73}$$</answer>", "73", kCorrect},
      {"<answer>+7</answer>", "007", kCorrect},
      {"<answer>.5</answer>", "1/2", kCorrect},
      {"<answer>-3</answer>", "3", kWrong},
      {"<answer>50%</answer>", "50", kWrong},
      {"<answer>5!</answer>", "5", kWrong},
      {"<answer>5 cm</answer>", "5 km", kWrong},
      {"<answer>  New\n York. </answer>", "new york", kCorrect},
      {"<answer>\"Paris\"</answer>", "Paris", kCorrect},
      {"<answer>'a' or 'b'</answer>", "a", kWrong},
      {"<answer>(1,2)</answer>", "(1, 2)", kCorrect},
      {"<answer>3, 500</answer>", "3500", kWrong},
      {"<answer>x = 5</answer>", "x=5", kCorrect},
      {"<answer>1 2</answer>", "12", kWrong},
      {"<answer>.</answer>", ".", kCorrect},
  });
}

TEST_CASE("tricks earn nothing") {
  const std::string open = "<answer>", close = "</answer>";
  check({
      {"<answer></answer>", "4", kMalformed},
      {"<answer> \n </answer>", "4", kMalformed},
      {"<answer></answer>", "", kAbstain},
      {"<answer>4</answer>", " ", kAbstain},
      {"\\boxed{}", "4", kMalformed},
      {"<answer>4</answer><answer></answer>", "4", kMalformed},
      {"<answer>14</answer>", "4", kWrong},
      {"<answer>4 5 6</answer>", "4", kWrong},
      {"<answer>4 or 5</answer>", "4", kWrong},
      {"<answer>0 1 2 3 4 5 6 7 8 9</answer>", "4", kWrong},
      {"<answer>N</answer>", "NO", kWrong},
      {"<answer>answer</answer>", "4", kWrong},
      {"<answer><answer>4</answer></answer>", "4", kCorrect},
      {"<answer>3<answer>4</answer></answer>", "3", kWrong},
      {"<answer>4</answer><answer>", "4", kMalformed},
      {"<answer>4</answer> so <answer>4", "4", kMalformed},
      {"</answer>4<answer>", "4", kMalformed},
      {"\\boxed{4} and \\boxed{", "4", kMalformed},
      {"\\boxed{4", "4", kMalformed},
      {"\\boxed{4\\}", "4", kMalformed},
      {"<think><answer>4</answer></think>", "4", kMalformed},
      {"<think>\\boxed{4}</think>", "4", kMalformed},
      {"<think><answer>4</answer></think><answer>5</answer>", "4", kWrong},
      {"<think>so <answer>4</answer>", "4", kMalformed},
      {"<answer>4</answer></think>", "4", kMalformed},
      {"<answer>\xD9\xA4</answer>", "4", kWrong},
      {"<answer>\xEF\xBC\x94</answer>", "4", kWrong},
      {"<answer>4\xE2\x80\x8B</answer>", "4", kWrong},
      {std::string("<answer>4\0</answer>", 19), "4", kWrong},
      {"<answer>\xFF\xFE</answer>", "4", kWrong},
  });
  // The prompt is the user's text, not the model's.
  CHECK(judge("", "4", "<answer>4</answer>").status == kMalformed);
  CHECK(judge("</answer>", "4", "<answer>4").status == kMalformed);
  // But for a prompt that opens the reasoning.
  CHECK(judge("\\boxed{4}", "4", "2+2?<think>\n").status == kMalformed);
  CHECK(judge("</think>\\boxed{4}", "4", "2+2?<think>\n").status == kCorrect);
}

TEST_CASE("normalizing is idempotent, and equal keys need equal text") {
  for (const std::string text :
       {"$$.", "\\TEXT{A}", "'a'", "**\\boxed{\\text{ B }}**", "\\text{a} \\text{b}", ". . .", "\"",
        "`x`", "..5", ".5.", "\\(\\)", "{}", "\\$"}) {
    const std::string once = normalize_text(text);
    INFO(text << " -> " << once);
    CHECK(normalize_text(once) == once);
    CHECK_FALSE(once.empty());
  }
  CHECK(answer_key("") == "");
  CHECK(answer_key("7") != answer_key("text 7"));
}

TEST_CASE("parts of a completion") {
  CHECK(final_part("a<think>b</think>c<think>d") == "c");
  CHECK(final_part("a<think>b") == "a");
  CHECK(final_part("a", true).empty());  // still inside of what the prompt opened
  CHECK(final_part("a</think>b", true) == "b");
  CHECK(final_part("abc") == "abc");
  CHECK(extract_boxed("\\boxed{a{b}c}").text == "a{b}c");
  CHECK(extract_boxed("\\boxed\n{a} \\boxed").text == "a");
  CHECK(extract_tagged("\\boxed{a}").kind == Extracted::Kind::kMissing);
}
