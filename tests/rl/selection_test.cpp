#include "rl/selection.h"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace hone;
using Counts = std::vector<std::pair<std::string, std::int64_t>>;

namespace {

// A sample of problem `problem` with `length` tokens after its prompt; `first` tells samples apart.
rollout::Rollout drawn(std::uint64_t problem, double reward, std::int32_t length,
                       std::int32_t first, const std::string& completion = "a b c") {
  rollout::Rollout r;
  r.problem = problem;
  r.tokens = {static_cast<std::int32_t>(problem), 7};
  r.prompt_length = 2;
  r.tokens.resize(2 + static_cast<std::size_t>(length), first);
  r.reward = reward;
  r.completion = completion;
  r.answer = "4";
  return r;
}

rollout::Rollout cut_off(rollout::Rollout r) {
  r.finish = rollout::Finish::kLength;
  return r;
}

std::vector<std::int32_t> firsts(const rl::Selection& selection) {
  std::vector<std::int32_t> list;
  for (const auto& r : selection.kept) list.push_back(r.tokens[2]);
  return list;
}

const std::string kWrong = "<answer>5</answer>";
const std::string kRight = "<answer>4</answer>";
const std::string kCircles = "no no no no no no";

}  // namespace

TEST_CASE("a sample is dropped for the first reason that holds, and every reason is counted") {
  rl::SelectionConfig config;
  config.min_reward = 0.5;
  config.min_length = 2;
  config.max_length = 5;
  config.max_repetition = 0.5;
  config.repetition_size = 1;
  config.filters = {{rewards::AnswerConfig{}, 1.0, ""}, {rewards::AnswerConfig{}, 0.0, "any"}};
  config.max_per_problem = 2;
  const rl::Selection selection = rl::select_samples(
      {
          cut_off(drawn(1, 0.0, 9, 1, kCircles)),  // truncated, though all else holds too
          drawn(1, 0.4, 9, 2, kCircles),           // reward
          drawn(1, 1.0, 1, 3, kCircles),           // too short
          drawn(1, 1.0, 6, 4, kCircles),           // too long
          drawn(1, 1.0, 5, 5, kCircles),           // repetition
          drawn(1, 1.0, 5, 6, kWrong),             // the first filter
          drawn(1, 1.0, 5, 7, kRight),             // kept
          drawn(1, 1.0, 5, 7, kRight),             // duplicate
          drawn(2, 1.0, 5, 7, kRight),             // of another prompt: kept
          drawn(1, 0.5, 2, 8, kRight),             // kept
          drawn(1, 1.0, 4, 9, kRight),             // a third of problem 1
          drawn(2, 1.0, 4, 9, kRight),             // kept
      },
      config);
  CHECK(firsts(selection) == std::vector<std::int32_t>{7, 7, 8, 9});
  CHECK(selection.dropped == Counts{{"truncated", 1},
                                    {"min_reward", 1},
                                    {"min_length", 1},
                                    {"max_length", 1},
                                    {"max_repetition", 1},
                                    {"filters/answer", 1},
                                    {"filters/any", 0},
                                    {"duplicate", 1},
                                    {"max_per_problem", 1}});
  CHECK(selection.dropped_as("duplicate") == 1);
  CHECK(selection.dropped_text() ==
        "1 truncated, 1 min_reward, 1 min_length, 1 max_length, 1 max_repetition, "
        "1 filters/answer, 1 duplicate, 1 max_per_problem");
}

TEST_CASE("every rule can be switched off") {
  rl::SelectionConfig off;
  off.min_reward = -1;
  off.drop_truncated = false;
  off.drop_duplicates = false;
  const rl::Selection all =
      rl::select_samples({cut_off(drawn(1, 0, 1, 1, kCircles)),
                          cut_off(drawn(1, 0, 1, 1, kCircles)), drawn(1, 0, 900, 2, kCircles)},
                         off);
  CHECK(all.kept.size() == 3);
  CHECK(all.dropped_text() == "none");
  CHECK(rl::select_samples({}, off).kept.empty());
}

TEST_CASE("what was dropped before is no duplicate and takes nobody's place") {
  rl::SelectionConfig config;
  config.max_per_problem = 1;
  const rl::Selection selection =
      rl::select_samples({drawn(1, 0, 3, 5), drawn(1, 1, 3, 5), drawn(1, 1, 3, 6)}, config);
  CHECK(selection.kept.size() == 1);
  CHECK(selection.dropped_as("min_reward") == 1);
  CHECK(selection.dropped_as("duplicate") == 0);
  CHECK(selection.dropped_as("max_per_problem") == 1);
}

TEST_CASE("a filter that abstains vouches for nothing") {
  rl::SelectionConfig config;
  config.filters = {{rewards::AnswerConfig{}, -1.0, ""}};
  rollout::Rollout unknown = drawn(1, 1, 3, 5, kRight);
  unknown.answer = "";
  const rl::Selection selection = rl::select_samples({unknown}, config);
  CHECK(selection.dropped_as("filters/answer") == 1);
}
