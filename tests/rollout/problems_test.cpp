#include "rollout/problems.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include <unistd.h>

#include "model/error.h"
#include "rollout/rollout_io.h"
#include "rollout/shuffle.h"

namespace {

using namespace hone;
namespace fs = std::filesystem;

struct TemporaryFile {
  fs::path path;
  explicit TemporaryFile(const std::string& text) {
    static int count = 0;
    path = fs::temp_directory_path() / ("hone_problems_" + std::to_string(::getpid()) + "_" +
                                        std::to_string(count++) + ".jsonl");
    std::ofstream(path) << text;
  }
  ~TemporaryFile() { fs::remove(path); }
};

std::string refusal(const std::string& text, rollout::DatasetConfig config = {}) {
  const TemporaryFile file(text);
  config.path = file.path.string();
  try {
    rollout::read_dataset(config, 1);
  } catch (const DataError& error) {
    const std::string what = error.what();
    CHECK(what.find(file.path.string()) == 0);
    return what.substr(file.path.string().size());
  }
  return "accepted";
}

rollout::Problem first(const std::string& text, rollout::DatasetConfig config = {}) {
  const TemporaryFile file(text);
  config.path = file.path.string();
  return rollout::read_dataset(config, 1)->at(0);
}

}  // namespace

TEST_CASE("problems are read from the usual columns") {
  CHECK(first(R"({"prompt": "1+1=", "answer": "2"})").prompt == "1+1=");
  CHECK(first(R"({"question": "q", "answer": "2"})").prompt == "q");
  CHECK(first(R"({"problem": "p", "answer": 7})").answer == "7");
  CHECK(first("\n{\"question\": \"q\", \"answer\": \"so 6*7 <<6*7=42>>42\\n#### 42\"}\n").answer ==
        "42");
  rollout::DatasetConfig config;
  config.prompt_column = "Problem";
  config.answer_column = "Answer";
  config.prompt_template = "Q: {prompt}\nA:";
  const auto problem = first(R"({"Problem": "x", "Answer": "y", "prompt": "no"})", config);
  CHECK(problem.prompt == "Q: x\nA:");
  CHECK(problem.answer == "y");
  CHECK(!problem.chat);
  config.prompt_template = "r1-zero";
  const std::string prompt = first(R"({"Problem": "x", "Answer": "y"})", config).prompt;
  CHECK(prompt.starts_with("A conversation between User and Assistant. The user asks a"));
  CHECK(prompt.ends_with("<answer> answer here </answer>. User: x. Assistant:"));
  CHECK(first(R"({"prompt": "a", "answer": "b", "metadata": {"level": 3}})").metadata ==
        R"({"level":3})");
}

TEST_CASE("bad data sets are refused with file and line") {
  CHECK(refusal("") == ": expected at least one problem, got none");
  CHECK(refusal("{\"prompt\": \"a\", \"answer\": \"b\"}\n{\"prompt\": ")
            .find(":2: is not valid JSON") == 0);
  CHECK(refusal(R"({"prompt": "a", "answer": "b", "metadata": )" + std::string(600, '[') +
                std::string(600, ']') + "}") == ":1: is nested too deeply");
  CHECK(refusal("[1]") == ":1: expected a JSON object, got array");
  CHECK(refusal(R"({"prompt": "a"})") == ":1: expected a column \"answer\", got prompt");
  CHECK(refusal(R"({"prompt": "a", "answer": null})").find(":1: expected text or a number") == 0);
  CHECK(refusal(R"({"prompt": "a", "answer": "####  "})").find(":1: expected an answer") == 0);
  CHECK(refusal(R"({"prompt": "", "answer": "1"})").find(":1: expected a question") == 0);
  rollout::DatasetConfig config;
  config.path = "/nowhere/at/all.jsonl";
  CHECK_THROWS_AS(rollout::read_dataset(config, 1), DataError);
}

TEST_CASE("each epoch goes through all problems once, in an order of its own") {
  for (const std::uint64_t size : {1, 2, 3, 10, 64, 1000}) {
    std::vector<std::uint64_t> before;
    for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
      std::vector<std::uint64_t> order;
      for (std::uint64_t i = 0; i < size; ++i) {
        order.push_back(rollout::shuffled(epoch * size + i, size, 42));
      }
      CHECK(std::set<std::uint64_t>(order.begin(), order.end()).size() == size);
      CHECK(*std::max_element(order.begin(), order.end()) < size);
      if (size >= 10) CHECK(order != before);
      before = order;
    }
  }
}

TEST_CASE("rollouts are read back as they were written") {
  rollout::Rollout r;
  r.problem = 7;
  r.sample = 3;
  r.tokens = {1, 2, 3, 4};
  r.prompt_length = 2;
  r.logprobs = {-0.1f, -2.3841858e-07f};
  r.finish = rollout::Finish::kLength;
  r.prompt = "p\n\"";
  r.completion = "\xff broken \xe2\x82\xac";
  r.answer = "4";
  r.metadata = R"({"a":1})";
  r.rewards = {1, 0.1};
  r.details = {"right", "no tags"};
  r.reward = 1.1;
  r.advantage = -0.3333333333333333;
  r.policy_version = 12;
  const TemporaryFile file(rollout::to_json_line(r, 5, {"answer", "format"}) + "\n");
  const auto read = rollout::read_rollouts(file.path);
  REQUIRE(read.size() == 1);
  CHECK(read[0].step == 5);
  const rollout::Rollout& back = read[0].rollout;
  CHECK(back.tokens == r.tokens);
  CHECK(back.prompt_length == 2);
  CHECK(back.logprobs == r.logprobs);
  CHECK(back.finish == r.finish);
  CHECK(back.completion == "\xef\xbf\xbd broken \xe2\x82\xac");
  CHECK(back.rewards == r.rewards);
  CHECK(back.details == r.details);
  CHECK(back.advantage == r.advantage);
  CHECK(back.metadata == r.metadata);
  const TemporaryFile damaged("{\"step\": 1}\n");
  CHECK_THROWS_AS(rollout::read_rollouts(damaged.path), DataError);
  CHECK(!back.chat);
  r.chat = true;
  const TemporaryFile chat(rollout::to_json_line(r, 5, {"answer", "format"}) + "\n");
  CHECK(rollout::read_rollouts(chat.path)[0].rollout.chat);
}
