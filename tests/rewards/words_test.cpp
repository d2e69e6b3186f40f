// Families that ask in plain English: their phrasings, their splits, their worked solutions.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "rewards/tasks/phrasing.h"
#include "tests/rewards/families.h"

using namespace hone::rewards;
using namespace hone::tests;

namespace {

const std::vector<TaskConfig> word_families = all_families(Prompts::kWords);

double value_of(const Task& task, const TaskProblem& problem, std::string_view completion) {
  return task.verify(sample_of(problem, completion)).value;
}

/// What the task's trace says of this code, each step right.
std::string trace_of(const TaskConfig& config, const TaskProblem& problem) {
  Random random{1};
  return make_task(config)->trace(problem, {}, random);
}

}  // namespace

TEST_CASE("each family has four phrasings or more, which come up in turn") {
  for (const TaskConfig& config : word_families) {
    const auto task = make_task(config);
    Random random{3};
    const TaskProblem problem = task->generate(random);
    std::map<std::string, int> prompts;
    constexpr std::uint64_t kNumbers = 60;  // a multiple of 4, 5 and 6
    for (std::uint64_t number = 0; number < kNumbers; ++number)
      ++prompts[task->asked(problem, number).prompt];
    INFO(task->name());
    CHECK(prompts.size() >= 4);
    for (const auto& [prompt, count] : prompts) {
      CHECK(count == static_cast<int>(kNumbers / prompts.size()));
      CHECK(prompt.find('{') == std::string::npos);
    }
  }
}

TEST_CASE("a prompt in words holds no code, and keeps the code's answer") {
  for (const TaskConfig& config : word_families) {
    const auto task = make_task(config);
    const auto codes = make_task(in_codes(config));
    INFO(task->name());
    for (std::uint64_t i = 0; i < 500; ++i) {
      const TaskProblem words = task_problem(*task, Split::kTrain, 5, i);
      const TaskProblem code = task_problem(*codes, Split::kTrain, 5, i);
      INFO(words.prompt);
      REQUIRE(code.code.empty());
      REQUIRE(words.short_form() == code.prompt);
      REQUIRE(words.metadata == code.metadata);
      REQUIRE(words.prompt.find(std::string(task->name()) + ":") == std::string::npos);
      REQUIRE(words.prompt.find(code.prompt) == std::string::npos);
      // Either spelling of the answer is right.
      REQUIRE(value_of(*task, words, code.answer) == 1);
      REQUIRE(value_of(*codes, code, words.answer) == 1);
    }
  }
}

TEST_CASE("no problem is in both splits, in whatever words") {
  for (const TaskConfig& config : word_families) {
    const auto task = make_task(config);
    const auto codes = make_task(in_codes(config));
    std::set<std::string> trained;
    for (std::uint64_t i = 0; i < 300; ++i)
      trained.insert(task_problem(*task, Split::kTrain, 1, i).short_form());
    INFO(task->name());
    for (std::uint64_t i = 0; i < 300; ++i) {
      const TaskProblem problem = task_problem(*task, Split::kHeldOut, 2, i);
      REQUIRE(split_of(problem.short_form()) == Split::kHeldOut);
      REQUIRE(trained.count(problem.short_form()) == 0);
      REQUIRE(problem.short_form() == task_problem(*codes, Split::kHeldOut, 2, i).prompt);
    }
  }
}

TEST_CASE("ten thousand worked solutions in words end in the answer, in the form asked for") {
  for (const TaskConfig& config : word_families) {
    const auto task = make_task(config);
    if (is_answered_at_once(*task)) continue;
    INFO(task->name());
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      const TaskProblem problem = task_problem(*task, Split::kTrain, 11, i);
      Random random{12, i};
      const std::string completion = task->trace(problem, {}, random);
      INFO(problem.prompt << completion);
      REQUIRE(value_of(*task, problem, completion) == 1);
      REQUIRE(steps_of(completion).find("..") == std::string::npos);
      REQUIRE(steps_of(completion).ends_with('.'));
      const bool any_answer = task->name() == "countdown" || task->name() == "puzzle24";
      if (!any_answer) REQUIRE(completion.ends_with("<answer>" + problem.answer + "</answer>"));
    }
  }
}

TEST_CASE("short solutions in words know nothing, and wrong steps make wrong answers") {
  constexpr int kCount = 1000;
  for (const TaskConfig& config : word_families) {
    const auto task = make_task(config);
    if (is_answered_at_once(*task)) continue;
    int guessed = 0, wrong = 0, certainly_wrong = 0;
    for (std::uint64_t i = 0; i < kCount; ++i) {
      const TaskProblem problem = task_problem(*task, Split::kTrain, 13, i);
      Random random{14, i};
      const TraceOptions right{.long_share = 0, .short_answers = ShortAnswers::kRight};
      CHECK(task->trace(problem, right, random) == completion_text("", problem.answer));
      const std::string guess = task->trace(problem, {.long_share = 0}, random);
      REQUIRE(guess.starts_with("<think></think><answer>"));
      guessed += value_of(*task, problem, guess) == 1;
      const auto chance_of = [&](double chance) {
        return value_of(*task, problem, task->trace(problem, {.wrong_steps = chance}, random));
      };
      wrong += chance_of(0.2) == 0;
      certainly_wrong += chance_of(1) == 0;
    }
    INFO(task->name());
    const double chance = task->name() == "parity" ? 0.5 : 0.1;
    CHECK(guessed <= kCount * chance + 5 * std::sqrt(kCount * chance));
    // Attempts that go wrong are followed by others, up to a solution that is given as it is.
    const bool game = task->name() == "countdown" || task->name() == "puzzle24";
    if (game) continue;
    CHECK(wrong > kCount / 10);
    CHECK(certainly_wrong > kCount / 3);
  }
}

TEST_CASE("worked solutions as they are written") {
  const auto steps = [](const TaskConfig& config, const TaskProblem& problem) {
    return trace_of(config, problem);
  };
  CHECK(steps(AdditionConfig{}, {"167+235=", "402", ""}) ==
        "<think>Ones: 7 + 5 = 12, write 2, carry 1. Tens: 6 + 3 + 1 = 10, write 0, carry 1. "
        "Hundreds: 1 + 2 + 1 = 4, write 4. So 167 + 235 = 402.</think><answer>402</answer>");
  CHECK(steps(AdditionConfig{}, {"99+1=", "100", ""}) ==
        "<think>Ones: 9 + 1 = 10, write 0, carry 1. Tens: 9 + 0 + 1 = 10, write 10. So 99 + 1 = "
        "100.</think><answer>100</answer>");
  CHECK(steps(ChainSumConfig{}, {"chain_sum:5-12+3=", "-4", R"({"terms":[5,-12,3]})"}) ==
        "<think>5 - 12 = -7. -7 + 3 = -4. So the answer is -4.</think><answer>-4</answer>");
  CHECK(steps(LetterCountingConfig{}, {"letter_counting:e:apple tree=", "3",
                                       R"({"letter":"e","words":["apple","tree"]})"}) ==
        "<think>apple: a p p l e (1). tree: t r e (2) e (3). So the count is 3.</think>"
        "<answer>3</answer>");
  CHECK(steps(NumberSortingConfig{}, {"sort:3,9,1=", "1, 3, 9", ""}) ==
        "<think>Left: 3, 9, 1. Smallest: 1. Left: 3, 9. Smallest: 3. Left: 9. Smallest: 9. Sorted: "
        "1, 3, 9.</think><answer>1, 3, 9</answer>");
  CHECK(steps(GcdConfig{}, {"gcd:36,84=", "12", R"({"numbers":[36,84]})"}) ==
        "<think>84 and 36: 36 * 2 = 72, 84 - 72 = 12. 36 and 12: 12 * 3 = 36, 36 - 36 = 0. So the "
        "greatest common divisor is 12.</think><answer>12</answer>");
  CHECK(steps(ParityConfig{}, {"101=", "0", ""}) ==
        "<think>1: odd. 0: odd. 1: even. So the number of ones is even.</think>"
        "<answer>0</answer>");
  CHECK(steps(SpellBackwardConfig{}, {"back:abc=", "cba", ""}) ==
        "<think>Letters: a b c. From the end: c b a.</think><answer>cba</answer>");
  CHECK(steps(LastdigitConfig{}, {"3*7+4=", "5", ""}) ==
        "<think>3 * 7 = 21, last digit 1. 1 + 4 = 5, last digit 5. So the last digit is 5.</think>"
        "<answer>5</answer>");
  CHECK(steps(TimeIntervalsConfig{}, {"time_intervals:09:15->08:00+2=", "46:45",
                                      R"({"start":555,"end":3360,"seconds":false})"}) ==
        "<think>Hours at the end: 8 + 2 * 24 = 56. Minutes: 0 + 60 = 60, 60 - 15 = 45, borrow 1. "
        "Hours: 56 - 1 = 55, 55 - 9 = 46. So it is 46:45.</think><answer>46:45</answer>");
  CHECK(steps(CalendarArithmeticConfig{}, {"calendar_arithmetic:2024-03-15 plus 40=", "", ""}) ==
        "<think>15 + 40 = 55. March 2024 has 31 days: 55 - 31 = 24. So the date is 2024-04-24."
        "</think><answer>2024-04-24</answer>");
  CHECK(steps(CalendarArithmeticConfig{}, {"calendar_arithmetic:weekday 2024-02-29=", "", ""})
            .ends_with("<answer>Thursday</answer>"));
}

TEST_CASE("a code that is none is refused in words too") {
  const auto refused = [](const TaskConfig& config, const std::string& code) {
    const auto task = make_task(config);
    Random random{1};
    CHECK_THROWS_AS(task->asked({code, "1", "{}"}, 0), std::invalid_argument);
    CHECK_THROWS_AS(task->trace({"?", "1", "{}", code}, {}, random), std::invalid_argument);
  };
  refused(AdditionConfig{}, "1+=");
  refused(ParityConfig{}, "102=");
  refused(LastdigitConfig{}, "3*7+");
  refused(SpellBackwardConfig{}, "back:a1=");
  refused(NumberSortingConfig{}, "sort:12=");
  refused(WordSortingConfig{}, "sort:a,b=");
  for (const char* date : {"weekday 2023-02-29", "2024-01-01 plus x", "2024-13-01 to 2024-12-01",
                           "2024-01-01 or 5", "today"})
    refused(CalendarArithmeticConfig{}, "calendar_arithmetic:" + std::string(date) + "=");
}

TEST_CASE("answers as people spell them") {
  const auto right = [](const TaskConfig& config, const std::string& reference,
                        const std::string& answer) {
    return value_of(*make_task(config), {"?", reference, "{}"}, answer);
  };
  for (const char* good : {"Ada knave,Ben knight", "Ada is a knave, Ben is a knight",
                           "Ben is a Knight and Ada is a knave.", "Ben: knight, Ada: knave"})
    CHECK(right(KnightsKnavesConfig{}, "Ada knave,Ben knight", good) == 1);
  for (const char* bad : {"Ada is a knight, Ben is a knight", "Ada is a knave", "knave, knight",
                          "Ada knave knight, Ben knight", "Ada knave, Ben knight, Ada knight",
                          "Ada is not a knave, Ben is a knight", "Ada knave Ben"})
    CHECK(right(KnightsKnavesConfig{}, "Ada knave,Ben knight", bad) == 0);
  CHECK(right(ZebraPuzzlesConfig{}, "Ada,Ben,Cleo", "ada, ben, cleo.") == 1);
  CHECK(right(ZebraPuzzlesConfig{}, "Ada,Ben,Cleo", "Ben, Ada, Cleo") == 0);
  CHECK(right(WordSortingConfig{}, "ant,bee", "Ant, bee") == 1);
  CHECK(right(CalendarArithmeticConfig{}, "friday", "Friday") == 1);
  CHECK(right(PolynomialEquationsConfig{}, "-2,1,3", "x = 3, x = 1, x = -2") == 1);
  CHECK(right(PolynomialEquationsConfig{}, "-2,1,3", "xx = 3, x = 1, x = -2") == 0);
  CHECK(right(PolynomialEquationsConfig{}, "-2,1,3", "x, x = 1, x = -2") == 0);
  CHECK(right(BinaryMatrixConfig{}, "323/212/101", "3 2 3\n2 1 2\n1 0 1") == 1);
  CHECK(right(SyllogismConfig{}, "yes", "Yes.") == 1);
  CHECK(right(BasicArithmeticConfig{}, "8", "8") == 1);
  CHECK(right(BasicArithmeticConfig{}, "8", "48 / 6") == 0);  // the question, echoed
  CHECK(right(SimpleEquationsConfig{}, "7", "x = 7") == 1);
  CHECK(right(SimpleEquationsConfig{}, "7", "x = 14/2") == 0);
}

TEST_CASE("a phrasing is filled in, and no blank is forgotten") {
  constexpr std::string_view kTwo[] = {"{a} and {b}{a}", "none"};
  CHECK(phrased(kTwo, 0, {{"a", "x"}, {"b", "{a}"}}) == "x and {a}x");
  CHECK(phrased(kTwo, 3, {}) == "none");
  CHECK_THROWS_AS(phrased(kTwo, 2, {{"a", "x"}}), std::logic_error);
  CHECK(spaced("(7-3)*12/-2=5--3.5") == "(7 - 3) * 12 / (-2) = 5 - (-3.5)");
  CHECK(spaced("-8094-949=-9043, 490+-9043=-8553") == "-8094 - 949 = -9043, 490 + (-9043) = -8553");
  CHECK(spaced("-3*x^2+x=0") == "-3 * x^2 + x = 0");
  CHECK(counted(1, "day") == "1 day");
  CHECK(counted(2, "day") == "2 days");
  CHECK(listed(std::vector<std::string>{"a"}) == "a");
  CHECK(listed(std::vector<std::int64_t>{1, 2, 3}) == "1, 2 and 3");
  CHECK(replaced("aXbX", "X", "--") == "a--b--");
}
