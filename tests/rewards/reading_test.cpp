#include "rewards/reading.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "rewards/rewards.h"

using namespace hone::rewards;

namespace {

using Kind = Extracted::Kind;

std::string read(Reading reading, const std::string& completion, const std::string& reference = "",
                 bool opened = false) {
  const FoundAnswer found = find_answer(reading, completion, reference, opened);
  CHECK(found.problem.empty() == (found.kind == Kind::kFound));
  return found.kind == Kind::kFound ? "[" + found.text + "]" : found.problem;
}

Score judge(Reading reading, const std::string& completion, const std::string& answer,
            const std::string& prompt = "") {
  return make_reward(AnswerConfig{reading})
      ->score({.prompt = prompt, .completion = completion, .answer = answer, .metadata = {}});
}

/// What lm-evaluation-harness 0.4 extracts, with its own patterns and its rules of what to ignore.
std::string harness(const std::string& pattern, bool last, std::string text) {
  const std::regex regex(pattern);
  std::string match = "[invalid]";
  for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) {
    match = (*at)[1].matched && (*at)[1].length() > 0 ? (*at)[1].str() : (*at)[0].str();
    if (!last) break;
  }
  match = std::regex_replace(match, std::regex("[,$]"), "");
  return std::regex_replace(match, std::regex("\\.$"), "");
}

const std::vector<std::string> kTexts = {
    "She has 3 apples and 12 pears, so 15.",
    "The total is $1,234.50.",
    "It costs 5 dollars",
    "x = -7",
    "-$5 is what she owes",
    "10-4=6",
    "#### 42",
    "first #### 1,000 then #### 7",
    "#### -3.5.",
    "#### forty, so 40",
    "no digits here",
    "half is .5",
    "72%",
    "In 2024 there were 1,000,000 of them!",
    "a 3\n\nQuestion: what is 8?",
    "7",
};

}  // namespace

TEST_CASE("tags, boxes and today's way") {
  const std::string both = "\\boxed{5} <answer>4</answer>";
  CHECK(read(Reading::kAuto, both) == "[4]");
  CHECK(read(Reading::kTagged, both) == "[4]");
  CHECK(read(Reading::kBoxed, both) == "[5]");
  CHECK(read(Reading::kAuto, "\\boxed{5}") == "[5]");
  CHECK(read(Reading::kTagged, "\\boxed{5}") == "no <answer> after the reasoning");
  CHECK(read(Reading::kBoxed, "<answer>4</answer>") == "no \\boxed{} after the reasoning");
  CHECK(find_answer(Reading::kTagged, "<answer>4", "").kind == Kind::kBroken);
  for (const std::string text : {"4", "", "<answer>", "\\boxed{4", "<think>\\boxed{4}</think>"}) {
    const Extracted expected = extract_answer(text);
    const FoundAnswer found = find_answer(Reading::kAuto, text, "");
    CHECK(found.kind == expected.kind);
    CHECK(found.problem == expected.problem);
  }
}

TEST_CASE("as the math reward finds it") {
  CHECK(read(Reading::kMath, "The final answer is $\\frac{1}{2}$. I hope it is correct.") ==
        "[\\frac{1}{2}]");
  CHECK(read(Reading::kMath, "so it is 12") == "[12]");
  CHECK(read(Reading::kMath, "<answer>we get 3</answer> or 4") == "[3]");
  CHECK(read(Reading::kMath, "nothing") == "nothing that could be an answer");
  CHECK(find_answer(Reading::kMath, "<answer>3", "").kind == Kind::kBroken);
  CHECK(judge(Reading::kMath, "The answer is \\frac{1}{2}, that is $0.5$", "1/2").value == 1.0);
}

TEST_CASE("the last number and the hashes are those of lm-evaluation-harness") {
  const std::string flexible = "(-?[$0-9.,]{2,})|(-?[0-9]+)", strict = "#### (-?[0-9.,]+)";
  for (const std::string& text : kTexts) {
    INFO(text);
    const FoundAnswer number = find_answer(Reading::kLastNumber, text, "");
    const FoundAnswer hash = find_answer(Reading::kHash, text, "");
    const std::string none = "[invalid]";
    CHECK((number.kind == Kind::kFound ? number.text : none) == harness(flexible, true, text));
    CHECK((hash.kind == Kind::kFound ? hash.text : none) == harness(strict, false, text));
  }
}

TEST_CASE("dots and commas without a digit are no number") {
  CHECK(read(Reading::kLastNumber, "it is 42... I think...") == "[42]");
  CHECK(read(Reading::kLastNumber, "well...5") == "[5]");
  CHECK(read(Reading::kLastNumber, ".,$") == "no number after the reasoning");
  CHECK(read(Reading::kHash, "#### ., #### 3") == "[3]");
  CHECK(read(Reading::kHash, "#### x") == "no \"#### \" with a number after the reasoning");
}

TEST_CASE("a number counts for its value, and only after the reasoning") {
  CHECK(judge(Reading::kLastNumber, "That makes $1,234.00.", "1234").value == 1.0);
  CHECK(judge(Reading::kLastNumber, "That makes 18, not 17", "18").status == Status::kWrong);
  CHECK(judge(Reading::kLastNumber, "<think>18</think>", "18").status == Status::kMalformed);
  CHECK(judge(Reading::kLastNumber, "18", "18", "2+16?<think>").status == Status::kMalformed);
  CHECK(judge(Reading::kLastNumber, "2</think>18", "18", "2+16?<think>").value == 1.0);
  CHECK(judge(Reading::kLastNumber, "none", "18").status == Status::kMalformed);
  CHECK(judge(Reading::kLastNumber, "18", "").status == Status::kAbstain);
  CHECK(judge(Reading::kLastNumber, "so 18", "18").detail == "found \"18\"");
}

TEST_CASE("a mention is of whole words, case and punctuation aside") {
  CHECK(mentions("It is New York, I think", "new york"));
  CHECK(mentions("new-york", "New York"));
  CHECK(mentions("\"Paris\".", "Paris"));
  CHECK(mentions("there are 1,234 of them", "1234"));
  CHECK(mentions("pi is 3.14.", "3.14"));
  CHECK(mentions("\xC3\x89mile Zola", "\xC3\xA9mile zola"));
  CHECK(mentions("\xE4\xBD\xA0\xE5\xA5\xBD\xE5\x90\x97", "\xE5\xA5\xBD"));  // Han: no spaces
  CHECK_FALSE(mentions("Newton", "New"));
  CHECK_FALSE(mentions("York New", "New York"));
  CHECK_FALSE(mentions("2.5 and 12", "2"));
  CHECK_FALSE(mentions("1,234", "234"));
  CHECK_FALSE(mentions("3 and 14", "3.14"));
  CHECK_FALSE(mentions("anything", ""));
  CHECK_FALSE(mentions("anything!", "!"));
  CHECK_FALSE(mentions("\xFF\xFE", "\xFF"));
}

TEST_CASE("what is not mentioned is wrong, and lists of answers are right") {
  CHECK(judge(Reading::kMentioned, "The capital is Paris.", "Paris").value == 1.0);
  CHECK(judge(Reading::kMentioned, "The capital is Rome.", "Paris").status == Status::kWrong);
  CHECK(judge(Reading::kMentioned, "", "Paris").status == Status::kWrong);
  CHECK(judge(Reading::kMentioned, "<think>Paris</think>Rome", "Paris").status == Status::kWrong);
  CHECK(judge(Reading::kMentioned, "Paris", "").status == Status::kAbstain);
  CHECK(judge(Reading::kMentioned, "Paris", "?").status == Status::kAbstain);
  CHECK(judge(Reading::kMentioned, "Rome or Paris or Oslo", "Paris").value == 1.0);  // fooled
}

TEST_CASE("what is found goes to a task's own judge") {
  const auto judged = [](Reading reading, const std::string& completion) {
    return make_reward(TaskRewardConfig{ParityConfig{}, reading})
        ->score({.prompt = "parity:0111=", .completion = completion, .answer = "1", .metadata = {}})
        .status;
  };
  CHECK(judged(Reading::kAuto, "1") == Status::kCorrect);
  CHECK(judged(Reading::kAuto, "The parity is 1.") == Status::kWrong);
  CHECK(judged(Reading::kLastNumber, "The parity is 1.") == Status::kCorrect);
  CHECK(judged(Reading::kLastNumber, "The parity is 0.") == Status::kWrong);
  CHECK(judged(Reading::kTagged, "1") == Status::kMalformed);
  CHECK(judged(Reading::kBoxed, "\\boxed{1}") == Status::kCorrect);
  CHECK(judged(Reading::kBoxed, "\\boxed{</answer>}") == Status::kMalformed);
}

TEST_CASE("readings have names") {
  for (const std::string_view name : enum_names(Reading{})) {
    const auto reading = reading_by_name(name);
    REQUIRE(reading);
    CHECK(reading_name(*reading) == name);
  }
  CHECK_FALSE(reading_by_name("last"));
  CHECK(reading_names() == "auto, tags, boxed, math, last_number, hash, mentioned");
  const auto reward = reward_by_name("answer", {{"reading", "last_number"}});
  CHECK(reward->score({.prompt = {}, .completion = "so 4", .answer = "4", .metadata = {}}).value ==
        1.0);
  CHECK_THROWS_WITH(reward_by_name("answer", {{"reading", "last"}}),
                    Catch::Contains("last_number"));
}
