#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "rewards/code/code_reward.h"

using namespace hone::rewards;
using nlohmann::json;

namespace {

std::string python(const std::string& program) {
  return "Here:\n```python\n" + program + "\n```\n";
}

Score judge(const CodeConfig& config, const std::string& completion, const json& answer,
            const std::string& metadata = "") {
  const std::string tests = answer.dump();
  return make_reward(config)->score(
      {.prompt = {}, .completion = completion, .answer = tests, .metadata = metadata});
}

const json kSums = {{"inputs", {"1 2\n", "3 4\n"}}, {"outputs", {"3\n", "7\n"}}};

}  // namespace

TEST_CASE("a Python program is run on every test") {
  if (!code::isolation_problem(code::Isolation::kFull).empty()) {
    WARN("skipped: " + code::isolation_problem(code::Isolation::kFull));
    return;
  }
  const Score right = judge({}, python("a, b = map(int, input().split())\nprint(a + b)"), kSums);
  CHECK(right.value == 1.0);
  CHECK(right.detail == "2 of 2 tests passed (full isolation)");
  const Score wrong = judge({}, python("print(3)"), kSums);
  CHECK(wrong.value == 0.0);
  CHECK(wrong.detail ==
        R"(1 of 2 tests passed; test 2 printed "3", expected "7" (full isolation))");
  const Score slow = judge({.time_limit_s = 0.5}, python("while True: pass"), kSums);
  CHECK(slow.value == 0.0);
  CHECK(slow.detail == "0 of 2 tests passed; test 1 took longer than 0.500 s (full isolation)");
}
