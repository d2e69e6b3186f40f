#include "rewards/tasks/tasks.h"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "rewards/format.h"
#include "tests/rewards/families.h"

using namespace hone::rewards;
using namespace hone::tests;

namespace {

/// Tasks that are worked out in steps, of which each is certain, in codes.
const std::vector<TaskConfig> step_tasks = {
    in_codes(LastdigitConfig{}),
    in_codes(AdditionConfig{}),
    in_codes(ParityConfig{}),
    in_codes(LastdigitConfig{.languages = LastdigitLanguages::kLetters}),
    in_codes(LastdigitConfig{.languages = LastdigitLanguages::kMixed}),
};

const std::vector<TaskConfig> all_tasks = [] {
  std::vector<TaskConfig> tasks = all_families();
  for (const auto languages : {LastdigitLanguages::kLetters, LastdigitLanguages::kMixed}) {
    tasks.push_back(LastdigitConfig{.languages = languages});
    tasks.push_back(in_codes(LastdigitConfig{.languages = languages}));
  }
  return tasks;
}();

/// Even shares, as far as chance allows: Pearson's statistic at most five standard deviations over
/// its mean.
void check_uniform(const std::map<std::string, int>& counts, std::size_t classes) {
  REQUIRE(counts.size() == classes);
  double total = 0, statistic = 0;
  for (const auto& [value, count] : counts) total += count;
  const double expected = total / static_cast<double>(classes);
  for (const auto& [value, count] : counts)
    statistic += (count - expected) * (count - expected) / expected;
  const double freedom = static_cast<double>(classes) - 1;
  CHECK(statistic < freedom + 5 * std::sqrt(2 * freedom));
}

}  // namespace

TEST_CASE("worked solutions are right and in the required form") {
  const auto format = make_reward(FormatConfig{});
  for (const TaskConfig& config : all_tasks) {
    const auto task = make_task(config);
    INFO(task->name());
    for (std::uint64_t i = 0; i < 1000; ++i) {
      const TaskProblem problem = task_problem(*task, Split::kTrain, 1, i);
      Random random{2, i};
      const std::string completion = task->trace(problem, {}, random);
      INFO(problem.prompt << completion);
      REQUIRE(task->verify(sample_of(problem, completion)).status == Status::kCorrect);
      REQUIRE(format->score(sample_of(problem, completion)).status == Status::kCorrect);
      REQUIRE(steps_of(completion).empty() == is_answered_at_once(*task));
      REQUIRE(task->verify(sample_of(problem, problem.answer)).status == Status::kCorrect);
      REQUIRE(task->verify(sample_of(problem, "xx")).status == Status::kWrong);
      REQUIRE(task->verify(sample_of(problem, "")).status == Status::kMalformed);
      const std::string text = problem.prompt + steps_of(completion) + problem.answer;
      REQUIRE(text.find_first_not_of(task->alphabet()) == std::string::npos);
      const auto metadata = nlohmann::json::parse(problem.metadata);
      REQUIRE(metadata.at("task") == task->name());
    }
  }
}

TEST_CASE("the same key gives the same problem and the same trace") {
  for (const TaskConfig& config : all_tasks) {
    const auto task = make_task(config);
    std::set<std::string> prompts;
    for (std::uint64_t i = 0; i < 500; ++i) {
      const TaskProblem one = task_problem(*task, Split::kTrain, 7, i);
      const TaskProblem two = task_problem(*make_task(config), Split::kTrain, 7, i);
      REQUIRE(one.prompt == two.prompt);
      REQUIRE(one.answer == two.answer);
      REQUIRE(one.metadata == two.metadata);
      Random first{i}, second{i};
      const TraceOptions options{.long_share = 0.5, .wrong_steps = 0.1};
      REQUIRE(task->trace(one, options, first) == task->trace(one, options, second));
      prompts.insert(one.prompt);
    }
    CHECK(prompts.size() > 350);  // prime_factorization has but a thousand
    CHECK(task_problem(*task, Split::kTrain, 8, 0).prompt !=
          task_problem(*task, Split::kTrain, 7, 0).prompt);
  }
}

TEST_CASE("splits share no problem, and a tenth is held out") {
  for (const TaskConfig& config : all_tasks) {
    const auto task = make_task(config);
    std::set<std::string> train, held_out;
    for (std::uint64_t i = 0; i < 500; ++i) {
      train.insert(task_problem(*task, Split::kTrain, 1, i).short_form());
      held_out.insert(task_problem(*task, Split::kHeldOut, 1, i).short_form());
    }
    for (const auto& code : held_out) REQUIRE(train.count(code) == 0);
  }
  int held_out = 0;
  for (int i = 0; i < 50'000; ++i)
    held_out += split_of("problem " + std::to_string(i)) == Split::kHeldOut;
  CHECK(held_out == Approx(5000).margin(5 * 67));
}

TEST_CASE("answers are as likely as each other") {
  std::map<std::string, int> lastdigit, parity, addition;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    Random random{3, i};
    ++lastdigit[make_task(LastdigitConfig{})->generate(random).answer];
    ++parity[make_task(ParityConfig{})->generate(random).answer];
    ++addition[std::string(1, make_task(AdditionConfig{})->generate(random).answer.back())];
  }
  check_uniform(lastdigit, 10);
  check_uniform(parity, 2);
  check_uniform(addition, 10);
}

TEST_CASE("a short trace guesses, and knows nothing") {
  // addition: 2 to 4 digits, far below
  const std::array<double, 5> chance = {0.1, 0.004, 0.5, 0.1, 0.1};
  REQUIRE(chance.size() == step_tasks.size());
  for (std::size_t t = 0; t < step_tasks.size(); ++t) {
    const auto task = make_task(step_tasks[t]);
    int right = 0;
    constexpr int kCount = 10'000;
    for (std::uint64_t i = 0; i < kCount; ++i) {
      const TaskProblem problem = task_problem(*task, Split::kTrain, 4, i);
      Random random{5, i};
      const std::string completion = task->trace(problem, {.long_share = 0}, random);
      REQUIRE(steps_of(completion).empty());
      REQUIRE(completion.starts_with("<think></think><answer>"));
      right += task->verify(sample_of(problem, completion)).status == Status::kCorrect;
    }
    INFO(task->name());
    CHECK(right <= kCount * chance[t] + 5 * std::sqrt(kCount * chance[t]));
    if (t != 1) CHECK(right >= kCount * chance[t] - 5 * std::sqrt(kCount * chance[t]));
  }
}

TEST_CASE("shares of long traces and of wrong steps are what was asked for") {
  const auto task = make_task(in_codes(LastdigitConfig{.min_operations = 5, .max_operations = 5}));
  int longs = 0, right = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const TaskProblem problem = task_problem(*task, Split::kTrain, 6, i);
    Random random{7, i};
    longs += !steps_of(task->trace(problem, {.long_share = 0.2}, random)).empty();
    right += task->verify(sample_of(problem, task->trace(problem, {.wrong_steps = 0.1}, random)))
                 .value == 1.0;
  }
  CHECK(longs == Approx(2000).margin(5 * 40));
  // After an error a value is any of the other nine, and two errors meet by chance one time in
  // nine.
  const double p = 0.1, keep = std::pow(1 - p - p / 9, 5), expected = 0.1 + 0.9 * keep;
  CHECK(right == Approx(10'000 * expected).margin(5 * 50));
}

TEST_CASE("a task without steps answers at once, as often wrong as asked for") {
  constexpr int kCount = 2000;
  for (const TaskConfig& config : all_tasks) {
    const auto task = make_task(config);
    if (!is_answered_at_once(*task)) continue;
    INFO(task->name());
    int right = 0;
    for (std::uint64_t i = 0; i < kCount; ++i) {
      const TaskProblem problem = task_problem(*task, Split::kTrain, 4, i);
      Random random{5, i};
      const std::string completion =
          task->trace(problem, {.long_share = 0.5, .wrong_steps = 0.2}, random);
      REQUIRE(completion.starts_with("<think></think><answer>"));
      right += task->verify(sample_of(problem, completion)).status == Status::kCorrect;
    }
    CHECK(right == Approx(0.8 * kCount).margin(5 * std::sqrt(kCount * 0.8 * 0.2)));
  }
}

TEST_CASE("wrong steps are carried on and the answer follows the trace") {
  for (const TaskConfig& config : step_tasks) {
    const auto task = make_task(config);
    int wrong = 0;
    for (std::uint64_t i = 0; i < 500; ++i) {
      const TaskProblem problem = task_problem(*task, Split::kTrain, 8, i);
      Random random{9, i};
      const std::string completion = task->trace(problem, {.wrong_steps = 0.3}, random);
      const std::string steps = steps_of(completion);
      wrong += task->verify(sample_of(problem, completion)).value == 0.0;
      if (task->name() == "addition") continue;
      // Each step begins with what the step before ended in, and the answer is where they end.
      for (auto at = steps.find(';'); at != std::string::npos; at = steps.find(';', at + 1)) {
        REQUIRE(steps[at - 1] == steps[at + 1]);
      }
      char last = steps.back();
      if (last >= 'a') last = static_cast<char>(last - 'a' + '0');  // in letters
      REQUIRE(completion.ends_with(std::string("<answer>") + last + "</answer>"));
    }
    INFO(task->name());
    CHECK(wrong > 100);
  }
}

TEST_CASE("traces as they are written") {
  Random random{1};
  const auto trace = [&](const TaskConfig& config, const std::string& prompt) {
    return make_task(in_codes(config))->trace({prompt, "", ""}, {}, random);
  };
  CHECK(trace(LastdigitConfig{}, "3*7+4*9=") ==
        "<think>3*7=1;1+4=5;5*9=5</think><answer>5</answer>");
  CHECK(trace(AdditionConfig{}, "478+95=") ==
        "<think>8+5+0=13;7+9+1=17;4+0+1=5</think><answer>573</answer>");
  CHECK(trace(AdditionConfig{}, "99+1=") == "<think>9+1+0=10;9+0+1=10</think><answer>100</answer>");
  CHECK(trace(ParityConfig{}, "1011=") == "<think>1^0=1;1^1=0;0^1=1</think><answer>1</answer>");
  CHECK_THROWS_AS(trace(LastdigitConfig{}, "3*7+"), std::invalid_argument);
  CHECK_THROWS_AS(trace(LastdigitConfig{}, "=3"), std::invalid_argument);
  CHECK_THROWS_AS(trace(AdditionConfig{}, "1+="), std::invalid_argument);
  CHECK_THROWS_AS(trace(AdditionConfig{}, "+"), std::invalid_argument);
  CHECK_THROWS_AS(trace(ParityConfig{}, "="), std::invalid_argument);
  CHECK_THROWS_AS(trace(ParityConfig{}, "10"), std::invalid_argument);
}

TEST_CASE("levels are kept, and impossible ones refused") {
  const auto task = make_task(ParityConfig{.min_bits = 3, .max_bits = 5});
  for (std::uint64_t i = 0; i < 500; ++i) {
    Random random{i};
    const auto size = task->generate(random).prompt.size();
    REQUIRE((size >= 4 && size <= 6));
  }
  CHECK_THROWS_AS(make_task(LastdigitConfig{.min_operations = 3, .max_operations = 2}),
                  std::invalid_argument);
  CHECK_THROWS_AS(make_task(AdditionConfig{.min_digits = 3, .max_digits = 2}),
                  std::invalid_argument);
  CHECK_THROWS_AS(task_by_name("sudoku", nullptr), std::invalid_argument);
  // Of the two strings of one bit at least one split has none.
  const auto tiny = make_task(ParityConfig{.min_bits = 1, .max_bits = 1});
  CHECK_THROWS_AS(
      (task_problem(*tiny, Split::kTrain, 1, 1), task_problem(*tiny, Split::kHeldOut, 1, 1)),
      std::invalid_argument);
}
