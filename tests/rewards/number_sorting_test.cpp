#include "rewards/tasks/number_sorting.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <stdexcept>
#include <string>

using namespace hone::rewards;

namespace {

Score judge(const std::string& answer) {
  const std::string completion = "<think></think><answer>" + answer + "</answer>";
  return make_task(NumberSortingConfig{})
      ->verify({.prompt = {}, .completion = completion, .answer = "1,3,9", .metadata = {}});
}

std::string characters_in_order(std::string text) {
  std::sort(text.begin(), text.end());
  return text;
}

}  // namespace

TEST_CASE("numbers are drawn at their level and sorted") {
  const auto task = make_task(NumberSortingConfig{.min_numbers = 3, .max_numbers = 6});
  std::set<std::size_t> sizes;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Random random{i};
    const auto [prompt, answer, metadata, code] = task->generate(random);
    sizes.insert(answer.size());
    // The same numbers, each at least as large as the one before.
    REQUIRE(characters_in_order("sort:" + answer + "=") == characters_in_order(prompt));
    for (std::size_t c = 0; c + 2 < answer.size(); c += 2) {
      REQUIRE(answer[c] <= answer[c + 2]);
      REQUIRE(answer[c + 1] == ',');
    }
  }
  CHECK(sizes == std::set<std::size_t>{5, 7, 9, 11});
}

TEST_CASE("a list's trace is its answer; wrong ones differ in one number") {
  const auto task = make_task(NumberSortingConfig{.prompts = Prompts::kCodes});
  Random random{1};
  const TaskProblem problem{"sort:3,9,1=", "1,3,9", ""};
  CHECK(task->trace(problem, {}, random) == "<think></think><answer>1,3,9</answer>");
  CHECK(task->trace(problem, {.long_share = 0}, random) == "<think></think><answer>1,3,9</answer>");
  CHECK(task->trace({"sort:0,0,7,0=", "", ""}, {}, random) ==
        "<think></think><answer>0,0,0,7</answer>");
  std::set<std::string> wrong;
  for (int i = 0; i < 2000; ++i) {
    const std::string text = task->trace(problem, {.wrong_steps = 1}, random).substr(23, 5);
    int differ = 0;
    for (std::size_t c = 0; c < 5; ++c) differ += text[c] != problem.answer[c];
    REQUIRE(differ == 1);
    wrong.insert(text);
  }
  CHECK(wrong.size() == 27);  // nine other digits in each of three places
  for (const char* bad : {"", "sort:=", "sort:1,2", "sort:1,=", "sort:12=", "sort:1;2=", "1,2="}) {
    CHECK_THROWS_AS(task->trace({bad, "", ""}, {}, random), std::invalid_argument);
  }
  CHECK_THROWS_AS(make_task(NumberSortingConfig{.min_numbers = 4, .max_numbers = 3}),
                  std::invalid_argument);
}

TEST_CASE("lists are judged number by number") {
  CHECK(judge("1,3,9").value == 1.0);
  for (const char* good : {" 1,3,9\n", "1, 3, 9", "1 ,3,9", "1, 3, 9."})
    CHECK(judge(good).value == 1.0);
  for (const char* bad :
       {"3,9,1", "1,3", "1,3,9,9", "1 3 9", "139", "1,3,9,", "1,3,,9", "01,3,9"}) {
    CHECK(judge(bad).status == Status::kWrong);
  }
  CHECK(judge(" ").status == Status::kMalformed);
}
