#include "rewards/tasks/lastdigit.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "rewards/language.h"
#include "rewards/tasks/tasks.h"

using namespace hone::rewards;

namespace {

std::unique_ptr<Task> task_in(LastdigitLanguages languages) {
  return make_task(LastdigitConfig{.languages = languages, .prompts = Prompts::kCodes});
}

std::string trace_of(const Task& task, const std::string& prompt, TraceOptions options = {}) {
  Random random{1};
  return task.trace({prompt, "", ""}, options, random);
}

Score consistency(const TaskProblem& problem, const std::string& completion) {
  return make_reward(LanguageConfig{.target = "", .count_digits = true})
      ->score({.prompt = problem.prompt,
               .completion = completion,
               .answer = problem.answer,
               .metadata = problem.metadata});
}

}  // namespace

// Recorded before the task had languages.
TEST_CASE("old seeds give the old problems and traces, byte for byte") {
  struct Recorded {
    Split split;
    std::string prompt, answer, metadata, trace;
    std::uint64_t next;  // what the trace left in its stream
  };
  const std::vector<Recorded> recorded = {
      {Split::kTrain, "3*7*7+5*7+2+8+4=", "8", R"({"operations":7,"task":"lastdigit"})",
       "<think>3*7=0;0*7=5;5+5=0;0*7=2;2+2=3;3+8=6;6+4=0</think><answer>0</answer>", 943},
      {Split::kTrain, "8+6+8*7+5+6+1+1*3=", "1", R"({"operations":8,"task":"lastdigit"})",
       "<think></think><answer>5</answer>", 54},
      {Split::kTrain, "1*7*7*9+2=", "3", R"({"operations":4,"task":"lastdigit"})",
       "<think>1*7=7;7*7=1;1*9=9;9+2=1</think><answer>1</answer>", 836},
      {Split::kHeldOut, "0*7*9+7+4+7+5=", "3", R"({"operations":6,"task":"lastdigit"})",
       "<think>0*7=4;4*9=6;6+7=3;3+4=7;7+7=7;7+5=2</think><answer>2</answer>", 427},
  };
  const auto task = make_task(LastdigitConfig{.prompts = Prompts::kCodes});
  for (std::uint64_t i = 0; i < recorded.size(); ++i) {
    const TaskProblem problem = task_problem(*task, recorded[i].split, 1, i);
    CHECK(problem.prompt == recorded[i].prompt);
    CHECK(problem.answer == recorded[i].answer);
    CHECK(problem.metadata == recorded[i].metadata);
    Random random{2, i};
    // One language has nothing to be mixed with.
    const TraceOptions options{.long_share = 0.5, .wrong_steps = 0.3, .mixed_steps = 0.5};
    CHECK(task->trace(problem, options, random) == recorded[i].trace);
    CHECK(random.below(1000) == recorded[i].next);
  }
  CHECK(task->alphabet() == "0123456789+*=;");
  CHECK_THROWS_AS(trace_of(*task, "@3*7="), std::invalid_argument);
}

TEST_CASE("a mark asks for steps in letters; the answer stays a digit") {
  for (const auto languages : {LastdigitLanguages::kLetters, LastdigitLanguages::kMixed}) {
    const auto task = task_in(languages);
    CHECK(trace_of(*task, "@3*7+4=") == "<think>d*h=b;b+e=f</think><answer>5</answer>");
    CHECK(trace_of(*task, "3*7+4=") == "<think>3*7=1;1+4=5</think><answer>5</answer>");
    CHECK(trace_of(*task, "@3*7+4=", {.long_share = 0}).starts_with("<think></think><answer>"));
    CHECK_THROWS_AS(trace_of(*task, "@@3*7="), std::invalid_argument);
    CHECK_THROWS_AS(trace_of(*task, "@"), std::invalid_argument);
    CHECK_THROWS_AS(trace_of(*task, "@d*h="), std::invalid_argument);
  }
}

TEST_CASE("problems name their script") {
  const auto letters = task_in(LastdigitLanguages::kLetters);
  const auto mixed = task_in(LastdigitLanguages::kMixed);
  int in_letters = 0;
  constexpr int kCount = 10'000;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    Random one{4, i}, two{4, i}, three{4, i};
    const TaskProblem old = make_task(LastdigitConfig{})->generate(one);
    const TaskProblem marked = letters->generate(two);
    REQUIRE(marked.prompt == "@" + old.prompt);
    REQUIRE(marked.answer == old.answer);
    REQUIRE(nlohmann::json::parse(marked.metadata).at("script") == "latin");
    const TaskProblem either = mixed->generate(three);
    const bool marks = either.prompt[0] == '@';
    REQUIRE(either.prompt.substr(marks ? 1 : 0) == old.prompt);
    REQUIRE(nlohmann::json::parse(either.metadata).at("script") == (marks ? "latin" : "digits"));
    in_letters += marks;
  }
  CHECK(in_letters == Approx(kCount / 2).margin(5 * 50));
}

TEST_CASE("mixed steps are as many as asked for, and the language reward sees them") {
  const auto task = make_task(LastdigitConfig{
      .min_operations = 5, .max_operations = 5, .languages = LastdigitLanguages::kMixed});
  double consistent = 0;
  constexpr int kCount = 4000;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    const TaskProblem problem = task_problem(*task, Split::kTrain, 6, i);
    Random pure{7, i}, mixing{7, i}, turned{7, i};
    REQUIRE(consistency(problem, task->trace(problem, {}, pure)).value == 1.0);
    const std::string completion = task->trace(problem, {.mixed_steps = 0.3}, mixing);
    REQUIRE(task->verify({.prompt = problem.prompt,
                          .completion = completion,
                          .answer = problem.answer,
                          .metadata = problem.metadata})
                .value == 1.0);
    // A step has three numbers, all of one language: the share of words is that of steps.
    consistent += consistency(problem, completion).value;
    REQUIRE(consistency(problem, task->trace(problem, {.mixed_steps = 1}, turned)).value == 0.0);
  }
  // Five standard deviations of the mean over 5 * 4000 steps.
  CHECK(consistent / kCount == Approx(0.7).margin(5 * 0.0033));
}

TEST_CASE("languages by name") {
  CHECK(task_by_name("lastdigit", {{"languages", "letters"}, {"prompts", "codes"}})->alphabet() ==
        "0123456789+*=;@abcdefghij");
  CHECK(task_by_name("lastdigit", {{"languages", "digits"}, {"prompts", "codes"}})->alphabet() ==
        "0123456789+*=;");
  CHECK_THROWS_WITH(task_by_name("lastdigit", {{"languages", "greek"}}),
                    "languages: expected one of digits, letters, mixed, got \"greek\"");
  CHECK_THROWS_AS(task_by_name("lastdigit", {{"languages", 1}}), std::invalid_argument);
}
