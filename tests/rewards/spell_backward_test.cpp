#include "rewards/tasks/spell_backward.h"

#include <catch2/catch.hpp>
#include <set>
#include <stdexcept>
#include <string>

using namespace hone::rewards;

namespace {

Score judge(const std::string& completion, const std::string& answer) {
  return make_task(SpellBackwardConfig{})
      ->verify({.prompt = {}, .completion = completion, .answer = answer, .metadata = {}});
}

}  // namespace

TEST_CASE("words are drawn at their level and turned around") {
  const auto task = make_task(SpellBackwardConfig{.min_length = 3, .max_length = 6});
  std::set<std::size_t> lengths;
  std::set<char> letters;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Random random{i};
    const TaskProblem problem = task->generate(random);
    const std::string& answer = problem.answer;
    REQUIRE(problem.prompt == "back:" + std::string(answer.rbegin(), answer.rend()) + "=");
    lengths.insert(answer.size());
    letters.insert(answer.begin(), answer.end());
  }
  CHECK(lengths == std::set<std::size_t>{3, 4, 5, 6});
  CHECK(letters.size() == 26);
}

TEST_CASE("a word's trace is its answer; wrong ones differ in one letter") {
  const auto task = make_task(SpellBackwardConfig{.prompts = Prompts::kCodes});
  Random random{1};
  const TaskProblem problem{"back:abcd=", "dcba", ""};
  CHECK(task->trace(problem, {}, random) == "<think></think><answer>dcba</answer>");
  CHECK(task->trace(problem, {.long_share = 0}, random) == "<think></think><answer>dcba</answer>");
  std::set<std::string> wrong;
  for (int i = 0; i < 4000; ++i) {
    const std::string text = task->trace(problem, {.wrong_steps = 1}, random).substr(23, 4);
    int differ = 0;
    for (std::size_t c = 0; c < 4; ++c) differ += text[c] != problem.answer[c];
    REQUIRE(differ == 1);
    wrong.insert(text);
  }
  CHECK(wrong.size() == 100);  // 25 other letters in each of four places
  for (const char* bad : {"", "back:=", "back:ab", "back:aB=", "bac:ab=", "back:a=b=", "sort:1="}) {
    CHECK_THROWS_AS(task->trace({bad, "", ""}, {}, random), std::invalid_argument);
  }
  CHECK_THROWS_AS(make_task(SpellBackwardConfig{.min_length = 4, .max_length = 3}),
                  std::invalid_argument);
}

TEST_CASE("spelling is judged to the letter") {
  CHECK(judge("<think></think><answer>dcba</answer>", "dcba").value == 1.0);
  CHECK(judge("<think></think><answer> dcba\n</answer>", "dcba").value == 1.0);
  CHECK(judge("dcba", "dcba").value == 1.0);
  CHECK(judge("<answer>Dcba.</answer>", "dcba").value == 1.0);
  for (const char* bad : {"abcd", "dcb", "dcbaa", "d c b a", "dcba..", "dcba dcba"}) {
    CHECK(judge(std::string("<answer>") + bad + "</answer>", "dcba").status == Status::kWrong);
  }
  CHECK(judge("<think>dcba</think>", "dcba").status == Status::kMalformed);
  CHECK(judge("<answer>dcba", "dcba").status == Status::kMalformed);
  CHECK(judge("<answer>dcba</answer>", "").status == Status::kAbstain);
}
