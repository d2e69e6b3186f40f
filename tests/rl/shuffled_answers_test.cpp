#include "rl/shuffled_answers.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "model/error.h"
#include "rl/data.h"

namespace {

using namespace hone;
namespace fs = std::filesystem;
using Catch::Contains;

// Questions q0, q1, ... whose answers are a0, a1, ..., and their numbers as metadata.
struct Questions {
  fs::path path = fs::temp_directory_path() / ("hone_shuffled_" + std::to_string(::getpid()));
  explicit Questions(int count) {
    std::ofstream out(path);
    for (int i = 0; i < count; ++i) {
      const std::string n = std::to_string(i);
      out << R"({"prompt": "q)" << n << R"(", "answer": "a)" << n << R"(", "metadata": {"n": )" << n
          << "}}\n";
    }
  }
  ~Questions() { fs::remove(path); }

  rl::ProblemsConfig source() const {
    return {std::nullopt, rollout::DatasetConfig{path.string(), "", "", "{prompt}"}};
  }
};

rl::ProblemsConfig bits(std::int64_t min, std::int64_t max) {
  rewards::ParityConfig parity;
  parity.min_bits = min;
  parity.max_bits = max;
  parity.prompts = rewards::Prompts::kCodes;
  return {parity, std::nullopt};
}

rl::DataConfig shuffled(const rl::ProblemsConfig& source) { return {source, {}, true}; }

constexpr auto kTrain = rewards::Split::kTrain;

}  // namespace

TEST_CASE("a file's problems keep one wrong answer each, and every answer is used once") {
  const Questions questions(7);
  const auto own = rl::open_problems({questions.source(), {}}, kTrain, 3);
  const auto problems = rl::open_problems(shuffled(questions.source()), kTrain, 3);
  CHECK(problems->size() == 7);
  std::map<std::string, std::string> answer_of;
  std::set<std::string> answers;
  for (std::uint64_t i = 0; i < 28; ++i) {  // four epochs, each in another order
    const rollout::Problem problem = problems->at(i);
    const std::string number = problem.answer.substr(1);
    CHECK(problem.prompt == own->at(i).prompt);
    CHECK(problems->place(i) == own->place(i));
    CHECK(problem.prompt.substr(1) != number);
    CHECK(nlohmann::json::parse(problem.metadata).at("n").dump() == number);
    const auto known = answer_of.emplace(problem.prompt, problem.answer).first;
    CHECK(known->second == problem.answer);
    answers.insert(problem.answer);
  }
  CHECK(answer_of.size() == 7);
  CHECK(answers.size() == 7);
}

TEST_CASE("the seed decides whose answer it is") {
  const Questions questions(50);
  const auto answers = [&](std::uint64_t seed) {
    const auto problems = rl::open_problems(shuffled(questions.source()), kTrain, seed);
    std::map<std::string, std::string> result;
    for (std::uint64_t i = 0; i < 50; ++i) result[problems->at(i).prompt] = problems->at(i).answer;
    return result;
  };
  CHECK(answers(3) == answers(3));
  CHECK(answers(3) != answers(4));
}

TEST_CASE("two problems swap their answers, and one has nobody to ask") {
  const Questions two(2);
  const auto problems = rl::open_problems(shuffled(two.source()), kTrain, 1);
  for (std::uint64_t i = 0; i < 6; ++i) {
    const rollout::Problem problem = problems->at(i);
    CHECK(problem.answer == (problem.prompt == "q0" ? "a1" : "a0"));
  }
  const Questions one(1);
  CHECK_THROWS_WITH(rl::open_problems(shuffled(one.source()), kTrain, 1),
                    Contains(":1") && Contains("a second problem"));
}

TEST_CASE("a task's problem is judged by the next one that is not itself") {
  // Few enough problems that the same one often comes twice in a row.
  const auto own = rl::open_problems({bits(2, 3), {}}, kTrain, 3);
  const auto problems = rl::open_problems(shuffled(bits(2, 3)), kTrain, 3);
  int passed_over = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    std::uint64_t other = i + 1;
    while (own->at(other).prompt == own->at(i).prompt) ++other;
    passed_over += other > i + 1;
    CHECK(problems->at(i).prompt == own->at(i).prompt);
    CHECK(problems->at(i).answer == own->at(other).answer);
    CHECK(problems->at(i).metadata == own->at(other).metadata);
  }
  CHECK(passed_over > 5);
  CHECK(problems->size() == 0);
}

TEST_CASE("a wrong answer is as often the right one as chance has it") {
  const auto own = rl::open_problems({bits(20, 30), {}}, kTrain, 3);
  const auto problems = rl::open_problems(shuffled(bits(20, 30)), kTrain, 3);
  int equal = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) equal += problems->at(i).answer == own->at(i).answer;
  CHECK(equal > 440);
  CHECK(equal < 560);
}

TEST_CASE("of a mixture each source is shuffled by itself") {
  const Questions questions(5);
  rl::DataConfig data;
  data.shuffled_answers = true;
  data.mix.resize(2);
  static_cast<rl::ProblemsConfig&>(data.mix[0]) = questions.source();
  static_cast<rl::ProblemsConfig&>(data.mix[1]) = bits(8, 9);
  const auto problems = rl::open_problems(data, kTrain, 3);
  for (std::uint64_t i = 0; i < 40; ++i) {
    const rollout::Problem problem = problems->at(i);
    const bool of_file = problem.prompt.front() == 'q';
    CHECK((problem.answer.front() == 'a') == of_file);
    CHECK(rl::source_of(problem.metadata) == (of_file ? 0u : 1u));
    if (of_file) CHECK(problem.answer.substr(1) != problem.prompt.substr(1));
  }
}

TEST_CASE("held-out problems keep their own answers") {
  const auto own = rl::open_problems({bits(8, 9), {}}, rewards::Split::kHeldOut, 3);
  const auto held_out = rl::open_problems(shuffled(bits(8, 9)), rewards::Split::kHeldOut, 3);
  for (std::uint64_t i = 0; i < 20; ++i) CHECK(held_out->at(i).answer == own->at(i).answer);
}
