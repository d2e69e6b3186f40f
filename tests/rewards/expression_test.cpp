#include "rewards/tasks/expression.h"

#include <catch2/catch.hpp>
#include <map>
#include <numeric>
#include <sstream>

#include "rewards/tasks/number_game.h"
#include "tests/rewards/families.h"

using namespace hone::rewards;
using namespace hone::tests;

namespace {

std::optional<std::string> value_of(const std::string& text) {
  const auto expression = parse_expression(text);
  if (!expression) return "no expression";
  return expression_value(*expression);
}

TaskProblem game(std::vector<std::int64_t> numbers, std::int64_t target) {
  const nlohmann::json metadata = {{"numbers", numbers}, {"target", target}};
  return {"?", "?", metadata.dump()};
}

double score(const TaskProblem& problem, const std::string& completion) {
  return make_task(CountdownConfig{})->verify(sample_of(problem, completion)).value;
}

/// A fraction, for a search of its own: all orders, operations and shapes, written otherwise.
struct Fraction {
  std::int64_t over = 0, under = 1;
};

void reach(const std::vector<Fraction>& left, std::int64_t target, bool& found) {
  if (left.size() == 1) {
    found = found || (left[0].under != 0 && left[0].over == target * left[0].under);
    return;
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    for (std::size_t j = 0; j < left.size(); ++j) {
      if (i == j) continue;
      const Fraction a = left[i], b = left[j];
      std::vector<Fraction> rest;
      for (std::size_t k = 0; k < left.size(); ++k) {
        if (k != i && k != j) rest.push_back(left[k]);
      }
      for (const Fraction c : {Fraction{a.over * b.under + b.over * a.under, a.under * b.under},
                               Fraction{a.over * b.under - b.over * a.under, a.under * b.under},
                               Fraction{a.over * b.over, a.under * b.under},
                               Fraction{a.over * b.under, a.under * b.over}}) {
        if (c.under == 0) continue;
        rest.push_back(c);
        reach(rest, target, found);
        rest.pop_back();
      }
    }
  }
}

}  // namespace

TEST_CASE("expressions and their values") {
  const std::map<std::string, std::string> values = {
      {"1", "1"},
      {"007", "7"},
      {"1+2*3", "7"},
      {"(1+2)*3", "9"},
      {"10-4-3", "3"},
      {"24/4/3", "2"},
      {"10-(4-3)", "9"},
      {"8/(3-8/3)", "24"},
      {"1/3", "1/3"},
      {"2/4", "0.5"},
      {"1-2", "-1"},
      {"1/8-1", "-0.875"},
      {" ( 1 + 2 )\n* 3 ", "9"},
      {"0.1+0.2", "0.3"},
      {"1.25*3.5-0.75", "3.625"},
      {"1.10*10", "11"},
      {"7\xC3\x97"
       "8\xC3\xB7"
       "2\xE2\x88\x92"
       "1",
       "27"},
      {"99999999999999999999*10", "999999999999999999990"},
  };
  for (const auto& [text, value] : values) {
    INFO(text);
    CHECK(value_of(text) == value);
  }
  CHECK(!value_of("1/0"));
  CHECK(!value_of("3/(2-2)"));
  for (const char* text :
       {"",    " ",   "()",   "1+",      "+1",   "-1",     "1 2",     "1.5.2", "1.",
        ".5",  "1e3", "2**3", "9**9**9", "7//2", "2^3",    "(1",      "1)",    "(1))",
        "1=1", "x",   "1+x",  "1,000",   "3!",   "abs(3)", "1 + - 2", "\xC3",  "1\xE2\x88"}) {
    INFO(text);
    CHECK(value_of(text) == "no expression");
  }
  CHECK(value_of(std::string(499, '(') + "1" + std::string(499, ')')) == "1");
  CHECK(value_of(std::string(500, '(') + "1" + std::string(500, ')')) == "no expression");
}

TEST_CASE("a random expression is read as it was written, and worked out to its value") {
  Random random{1};
  for (int i = 0; i < 2000; ++i) {
    const auto number = [&] { return std::to_string(random.between(1, 9)); };
    const Expression expression = random_expression(random.between(2, 7), "+-*/", number, random);
    const std::string text = expression_text(expression);
    INFO(text);
    const auto read = parse_expression(text);
    REQUIRE(read);
    REQUIRE(expression_text(*read) == text);
    REQUIRE(expression_value(*read) == expression_value(expression));
    REQUIRE(expression_numbers(*read) == expression_numbers(expression));
    if (const auto value = expression_value(expression)) {
      REQUIRE(work_out(expression, ";", 0, random).result == *value);
    }
  }
  CHECK(work_out(*parse_expression("(7-3)*12+8/2"), ";", 0, random).steps ==
        "7-3=4;4*12=48;8/2=4;48+4=52");
}

TEST_CASE("countdown: the problem's numbers, each once, and their exact value") {
  const TaskProblem problem = game({3, 8, 12}, 60);
  for (const char* right : {"12*(8-3)", "(8-3)*12", " 12 * ( 8 - 3 ) ",
                            "<think>12*8-3=93</think><answer>(8-3)*12</answer>",
                            "12\xC3\x97(8\xE2\x88\x92"
                            "3)",
                            "((12))*((8-3))", "012*(8-3)"}) {
    INFO(right);
    CHECK(score(problem, right) == 1);
  }
  for (const char* wrong : {"60", "12*5", "12*8-3", "12*(8-3)+3-3", "12*(8-3)*1", "60+0*(3+8+12)",
                            "12*(8-3)=60", "3,8,12", "60e0+0e0*(3+8+12)", "12*(8-3)//1", "12*(8-3",
                            "<answer>12*(8-3)</answer><answer>60</answer>", "[12*(8-3)]"}) {
    INFO(wrong);
    CHECK(score(problem, wrong) == 0);
  }
  // reasoning-gym takes the whole part of 24.9, and any numbers.
  CHECK(score(game({3, 3, 8, 8}, 24), "8/(3-8/3)") == 1);
  CHECK(score(game({1, 1, 4, 6}, 24), "6*4*1*1") == 1);
  CHECK(score(game({3, 3, 8, 8}, 24), "6*4*1*1") == 0);
  CHECK(score(game({4, 10, 10, 25}, 24), "25-10/(10*4)") == 0);
  CHECK(score(game({1, 3}, 1), "1/3*3") == 0);
  CHECK(score(game({9, 9, 9}, 5), "9**9**9") == 0);
}

TEST_CASE("the search finds a solution where there is one, and none where there is none") {
  Random random{2};
  int solved = 0;
  for (int i = 0; i < 400; ++i) {
    NumberGame problem{{}, random.between(1, 40)};
    const auto count = random.between(2, 4);
    for (std::int64_t k = 0; k < count; ++k) problem.numbers.push_back(random.between(1, 10));
    std::vector<Fraction> numbers;
    for (const std::int64_t number : problem.numbers) numbers.push_back({number, 1});
    bool expected = false;
    reach(numbers, problem.target, expected);
    const auto solution = solve_number_game(problem, random);
    REQUIRE(solution.has_value() == expected);
    solved += expected;
    if (solution) {
      REQUIRE(score(game(problem.numbers, problem.target), expression_text(*solution)) == 1);
    }
  }
  CHECK(solved > 50);
  CHECK(solved < 390);
}

TEST_CASE("a trace of countdown tries until it hits") {
  const auto task = make_task(CountdownConfig{
      .min_numbers = 3, .max_numbers = 3, .trace_tries = 3, .prompts = Prompts::kCodes});
  std::map<std::size_t, int> attempts;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Random random{3, i};
    const TaskProblem problem = task->generate(random);
    const std::string steps = steps_of(task->trace(problem, {}, random));
    const std::string target =
        "=" + std::to_string(nlohmann::json::parse(problem.metadata).at("target").get<int>());
    INFO(problem.prompt << steps);
    REQUIRE(steps.ends_with(target));
    REQUIRE(steps.find(target + ";") == std::string::npos);  // it ends with the first hit
    ++attempts[static_cast<std::size_t>(std::count(steps.begin(), steps.end(), ';'))];
  }
  CHECK(attempts.size() == 4);
}

TEST_CASE("each worked step is a true equation as it is written") {
  // 8 / (3 - 8 / 3) is the game of 24 that cannot be won without fractions.
  const auto fractions = parse_expression("8/(3-8/3)");
  REQUIRE(fractions);
  Random random{1, 1};
  CHECK(work_out(*fractions, ";", 0, random).steps == "8/3=8/3;3-(8/3)=1/3;8/(1/3)=24");
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Random draw{5, i};
    const auto number = [&] { return std::to_string(draw.between(1, 9)); };
    const Expression expression = random_expression(4, "+*/", number, draw);
    if (!expression_value(expression)) continue;
    std::istringstream steps(work_out(expression, ";", 0, draw).steps);
    for (std::string step; std::getline(steps, step, ';');) {
      const std::size_t equals = step.find('=');
      INFO(step);
      CHECK(value_of(step.substr(0, equals)) == value_of(step.substr(equals + 1)));
    }
  }
}
