#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "rewards/code/compare.h"
#include "rewards/code/program.h"
#include "rewards/code/test_cases.h"
#include "rewards/rewards.h"
#include "tests/rewards/code_support.h"

using namespace hone::rewards;
using nlohmann::json;

namespace {

const json kSums = {{"inputs", {"1 2\n", "3 4\n"}}, {"outputs", {"3\n", "7\n"}}};
const json kAdd = {{"fn_name", "add"}, {"inputs", {{1, 2}, {3, 4}}}, {"outputs", {3, 7}}};
constexpr const char* kRight = "a, b = map(int, input().split())\nprint(a + b)";

std::string program_of(std::string_view completion) {
  const code::Program program = code::last_program(completion, false);
  return program.problem.empty() ? std::string(program.text) : "!" + std::string(program.problem);
}

}  // namespace

TEST_CASE("the program is the last fenced block") {
  CHECK(program_of("a\n```python\nx = 1\n```\nb") == "x = 1\n");
  CHECK(program_of("```\n1\n```\n```cpp\n2\n3\n```") == "2\n3\n");
  CHECK(program_of("````\n```\nin\n```\n````\n") == "```\nin\n```\n");
  CHECK(program_of("  ```py\r\n1\r\n  ```\r\n") == "1\r\n");
  CHECK(program_of("<think>\n```\ndraft\n```\n</think>\n```\nx\n```") == "x\n");
  CHECK(program_of("<think>\n```\ndraft\n```\n</think>\nno code") == "!no fenced block");
  CHECK(program_of("```\n1\n```\n```\n2\n") == "!the last fenced block is never closed");
  CHECK(program_of("```\n \n```") == "!the last fenced block is empty");
  CHECK(program_of("```x = 1```") == "!no fenced block");
  CHECK(program_of("x = 1") == "!no fenced block");
  CHECK(program_of("") == "!no fenced block");
}

TEST_CASE("output is compared line by line and word by word") {
  using code::same_output;
  CHECK(same_output("3\n", "3"));
  CHECK(same_output("\n 1 2  \n3\n\n", "1 2\n3"));
  CHECK(same_output("1  2", "1 2"));
  CHECK(same_output("0.50", "0.5"));
  CHECK(same_output("1e-05 x", "0.00001 x"));
  CHECK(same_output("-0", "0"));
  CHECK(same_output("123456789012345678901234567890.0", "123456789012345678901234567890"));
  CHECK_FALSE(same_output("123456789012345678901234567890", "123456789012345678901234567891"));
  CHECK_FALSE(same_output("0.333333", "0.3333333"));
  CHECK_FALSE(same_output("007", "7"));
  CHECK_FALSE(same_output("1", "1\n2"));        // a prefix
  CHECK_FALSE(same_output("1\n2\n3", "1\n2"));  // more than was asked for
  CHECK_FALSE(same_output("1 2 3", "1 2"));
  CHECK_FALSE(same_output("2 1", "1 2"));  // another order
  CHECK_FALSE(same_output("1\n\n2", "1\n2"));
  CHECK_FALSE(same_output("1 2", "1\n2"));
  CHECK_FALSE(same_output("yes", "Yes"));
  CHECK_FALSE(same_output("", "1"));
  CHECK_FALSE(same_output("nan", "1"));
  CHECK_FALSE(same_output("1/2", "0.5"));
}

TEST_CASE("values are compared exactly, as Python compares them") {
  const auto same = [](std::string_view a, std::string_view b) {
    const auto left = code::exact_json(a), right = code::exact_json(b);
    return left && right && *left == *right;
  };
  CHECK(same("[1, {\"a\": 2, \"b\": [null]}]", "[1.0, {\"b\": [null], \"a\": 2e0}]"));
  CHECK(same("true", "1"));
  CHECK_FALSE(same("100000000000000000000000", "100000000000000000000001"));
  CHECK_FALSE(same("0.1", "0.10000000000000001"));
  CHECK_FALSE(same("\"1\"", "1"));
  CHECK_FALSE(same("[1, 2]", "[2, 1]"));
  CHECK_FALSE(same("[]", "{}"));
  for (const char* text : {"", "NaN", "Infinity", "[1", "1 2", "'a'"}) {
    CHECK_FALSE(code::exact_json(text));
  }
  CHECK(code::exact_json(std::string(100'000, '[') + std::string(100'000, ']')));
}

TEST_CASE("tests in the forms of APPS, LiveCodeBench and open-r1") {
  const auto read = [](const json& answer, const json& metadata = nullptr) {
    return code::read_test_cases(answer.dump(), metadata.dump());
  };
  CHECK(read(kSums).tests.size() == 2);
  CHECK(read(json::parse(R"({"inputs": [["1", "2"]], "outputs": ["3"]})")).tests.at(0).input ==
        "1\n2\n");
  const code::TestCases calls =
      read({{{"input", "[1, 2]\n\"x\""}, {"output", "true"}}}, {{"func_name", "f"}});
  CHECK(calls.function == "f");
  CHECK(calls.tests.at(0).input == "[[1, 2], \"x\"]");
  const json r1 = {{"language", "python"},
                   {"test_cases", {{{"input", "1"}, {"output", "2"}, {"type", "stdin_stdout"}}}}};
  CHECK(read(r1).tests.at(0).expected == "2");
  const auto problem = [](std::string_view answer) {
    return code::read_test_cases(answer, "").problem;
  };
  using Catch::Contains;
  CHECK_THAT(problem(""), Contains("no JSON"));
  CHECK_THAT(problem("7"), Contains("no JSON with tests"));
  CHECK_THAT(problem("{}"), Contains("no \"inputs\""));
  CHECK_THAT(problem("[]"), Contains("no tests"));
  CHECK_THAT(problem("[1]"), Contains("a test is no object"));
  CHECK_THAT(problem(R"({"inputs": [], "outputs": []})"), Contains("no tests"));
  CHECK_THAT(problem(R"({"inputs": ["1"], "outputs": []})"), Contains("of one length"));
  CHECK_THAT(problem(R"({"inputs": [7], "outputs": ["1"]})"), Contains("test 1 cannot be read"));
  CHECK_THAT(problem(R"({"inputs": ["1", "2"], "outputs": ["", " \n"]})"),
             Contains("does nothing"));
  CHECK_THAT(problem(R"({"fn_name": "f", "inputs": [[1]], "outputs": [null]})"),
             Contains("does nothing"));
}

TEST_CASE("readers take any bytes") {
  std::mt19937 random(7);
  const std::string_view parts[] = {"```",      "\n",     "[",    "]",   "{", "}",
                                    "\"",       ":",      ",",    "1e9", "-", "<think>",
                                    "</think>", "inputs", "\xff", "\0",  " ", "null"};
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::size_t n = random() % 30; n > 0; --n) text += parts[random() % std::size(parts)];
    const code::Program program = code::last_program(text, random() % 2 == 0);
    CHECK(program.text.empty() == !program.problem.empty());
    const code::TestCases cases = code::read_test_cases(text, text);
    CHECK(cases.tests.empty() == !cases.problem.empty());
    CHECK(code::same_output(text, text));
    CHECK(code::exact_json(text).has_value() == json::accept(text));
  }
}

TEST_CASE("a Python program is run on every test") {
  if (!can_isolate()) return;
  const Score right = judge_program({}, kRight, kSums);
  CHECK(right.value == 1.0);
  CHECK(right.status == Status::kCorrect);
  CHECK(right.detail == "2 of 2 tests passed (full isolation)");
  const Score wrong = judge_program({}, "print(3)", kSums);
  CHECK(wrong.value == 0.0);
  CHECK(wrong.status == Status::kWrong);
  CHECK(wrong.detail ==
        R"(1 of 2 tests passed; test 2 printed "3", expected "7" (full isolation))");
  CHECK(judge_program({.partial = true}, "print(3)", kSums).value == 0.5);
  const Score slow = judge_program({.time_limit_s = 0.5}, "while True: pass", kSums);
  CHECK(slow.value == 0.0);
  CHECK_THAT(slow.detail, Catch::Contains("0 of 2 tests passed; test 1 took longer than 0.500 s"));
  CHECK_THAT(judge_program({}, "1 / 0", kSums).detail, Catch::Contains("ZeroDivisionError"));
  CHECK_THAT(judge_program({}, "import sys\nprint(3)\nsys.exit(4)", kSums).detail,
             Catch::Contains("status 4"));
  CHECK(judge_program({}, "exit()", kSums).value == 0.0);
  CHECK(judge_program({}, std::string(kRight) + "\nexit()", kSums).value == 1.0);
  CHECK(
      judge_program({}, "import sys\nprint(sum(map(int, open(0).read().split())))", kSums).value ==
      1.0);
}

TEST_CASE("a sample's tests together have a limit") {
  if (!can_isolate()) return;
  json many = {{"inputs", json::array()}, {"outputs", json::array()}};
  for (int i = 0; i < 20; ++i) {
    many["inputs"].push_back("1 2");
    many["outputs"].push_back("3");
  }
  const std::string slow = "import time\ntime.sleep(0.4)\n" + std::string(kRight);
  const Score score = judge_program({.sample_time_limit_s = 1}, slow, many);
  CHECK(score.value == 0.0);
  CHECK_THAT(score.detail, Catch::Contains("took longer than") ||
                               Catch::Contains("no time was left of sample_time_limit_s"));
}

TEST_CASE("a Python function is called on every test") {
  if (!can_isolate()) return;
  CHECK(judge_program({}, "def add(a, b):\n  print('seen')\n  return a + b", kAdd).value == 1.0);
  CHECK(judge_program({},
                      "class Solution:\n  def add(self, a: int, b: Optional[int]):\n"
                      "    return a + b",
                      kAdd)
            .value == 1.0);
  CHECK(judge_program({}, "def add(a, b): return 3", kAdd).value == 0.0);
  CHECK_THAT(judge_program({}, "def sub(a, b): return 3", kAdd).detail,
             Catch::Contains("KeyError"));
  CHECK_THAT(judge_program({}, "def add(a, b): return {1}", kAdd).detail,
             Catch::Contains("not JSON serializable"));
  const json pairs = {{"fn_name", "f"}, {"inputs", {{json::array({1, 2})}}}, {"outputs", {{2, 1}}}};
  CHECK(judge_program({}, "def f(x): return tuple(reversed(x))", pairs).value == 1.0);
  CHECK(judge_program({}, "def f(x): return x", pairs).value == 0.0);
  const json wrapped = {{"fn_name", "f"}, {"inputs", {{1}}}, {"outputs", {json::array({5})}}};
  CHECK(judge_program({}, "def f(x): return 5", wrapped).value == 1.0);
  CHECK(judge_program({}, "def f(x): return [5]", wrapped).value == 1.0);
  const json lines = {{{"input", "[3, 1]\n2"}, {"output", "[1, 3, 2]"}}};
  CHECK(judge_program({}, "def g(x, y): return sorted(x) + [y]", lines, R"({"func_name": "g"})")
            .value == 1.0);
}

TEST_CASE("assertions as HumanEval and MBPP have them are taken apart") {
  if (!can_isolate()) return;
  const json human = {{"entry_point", "f"},
                      {"test",
                       "\n\nMETADATA = {'author': 'jt'}\n\ndef check(candidate):\n"
                       "    assert candidate([1.0, 2.0], (3,)) == (2, [3]), 'why'\n"
                       "    assert True, 'HumanEval has these too'\n"
                       "    assert candidate([], (1,)) == (0, [1])\n"}};
  const char* right = "def f(x, y):\n  assert isinstance(y, tuple)\n  return len(x), list(y)";
  CHECK(judge_program({}, right, human).value == 1.0);
  CHECK(judge_program({}, "def f(x, y): return 2, [3]", human).value == 0.0);
  CHECK(judge_program({}, "import os\nos._exit(0)", human).value == 0.0);
  const json list = {{"test_list",
                      {"assert is_odd(3)", "assert not is_odd(-2)", "assert is_odd(5) == True",
                       "assert is_odd(7) is True"}}};
  CHECK(judge_program({}, "def is_odd(x): return x % 2 == 1", list).detail ==
        "4 of 4 tests passed (full isolation)");
  CHECK(judge_program({}, "def is_odd(x): return True", list).value == 0.0);
  for (const char* test : {"assert abs(f(1) - 2) < 1e-6", "assert f(x) == 1", "x = f(1)",
                           "assert f(1) == g(2)", "assert f(1) == {1}", "assert f(1) == 2 == 2",
                           "assert f(1) == 1\nassert g(1) == 1", "assert f(a=1) == 1", "assert (",
                           "for i in range(3):\n  assert f(i) == i", "", "assert f(*[1]) == 1"}) {
    INFO(test);
    const json answer = {{"test_list", {test}}};
    const Score score = judge_program({}, "def f(x): return x", answer);
    CHECK(score.status == Status::kAbstain);
    CHECK_THAT(score.detail, Catch::Contains("cannot be taken apart"));
  }
}

TEST_CASE("a C++ program is compiled once and run on every test") {
  if (!can_isolate()) return;
  const CodeConfig cpp{.language = CodeLanguage::kCpp};
  const char* right =
      "#include <iostream>\nint main() { long a, b; std::cin >> a >> b;"
      " std::cout << a + b << std::endl; }";
  const Score score = judge_program(cpp, right, kSums);
  CHECK(score.value == 1.0);
  CHECK(score.detail == "2 of 2 tests passed (full isolation)");
  CHECK_THAT(judge_program(cpp, "int main() { return x; }", kSums).detail,
             Catch::Contains("does not compile: \"error: 'x' was not declared"));
  CHECK_THAT(judge_program(cpp, "#include <cstdlib>\nint main() { abort(); }", kSums).detail,
             Catch::Contains("Aborted"));
  CHECK(judge_program(cpp, right, kAdd).status == Status::kAbstain);
}

TEST_CASE("what cannot be judged is not wrong") {
  if (!can_isolate()) return;
  const auto reward = make_reward(CodeConfig{});
  const std::string tests = kSums.dump();
  CHECK(reward->score({.prompt = {}, .completion = "no", .answer = tests, .metadata = {}}).status ==
        Status::kMalformed);
  const std::string program = fenced(kRight);
  CHECK(reward->score({.prompt = {}, .completion = program, .answer = "", .metadata = {}}).status ==
        Status::kAbstain);
}

TEST_CASE("the weaker isolation has to be asked for, and says its name") {
  if (!can_isolate(code::Isolation::kFilter)) return;
  const auto filter = reward_by_name("code", {{"isolation", "filter"}});
  const std::string program = fenced(kRight), tests = kSums.dump();
  const Score score =
      filter->score({.prompt = {}, .completion = program, .answer = tests, .metadata = {}});
  CHECK(score.value == 1.0);
  CHECK_THAT(score.detail, Catch::Contains("(filter isolation)"));
  const CodeConfig cpp{.language = CodeLanguage::kCpp, .isolation = code::Isolation::kFilter};
  CHECK(judge_program(cpp,
                      "#include <cstdio>\nint main() { int a, b; scanf(\"%d%d\", &a, &b);"
                      " printf(\"%d\", a + b); }",
                      kSums)
            .value == 1.0);
  CHECK_THROWS_AS(reward_by_name("code", {{"isolation", "none"}}), std::invalid_argument);
}

TEST_CASE("a machine that cannot isolate is refused, and what it lacks is named") {
  if (!can_isolate()) return;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // In a user namespace of its own a process may forbid itself further ones.
    int seen = 1;
    if (::unshare(CLONE_NEWUSER) == 0) {
      std::ofstream("/proc/sys/user/max_user_namespaces") << 0 << std::flush;
      try {
        make_reward(CodeConfig{});
      } catch (const std::invalid_argument& error) {
        const std::string what = error.what();
        seen = what.find("make namespaces") != std::string::npos &&
                       what.find("max_user_namespaces is 0") != std::string::npos &&
                       what.find("isolation = \"filter\"") != std::string::npos
                   ? 0
                   : 2;
      }
    }
    ::_exit(seen);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("many samples at once") {
  if (!can_isolate()) return;
  const auto reward = make_reward(CodeConfig{});
  const std::string program = fenced(kRight), tests = kSums.dump();
  std::vector<double> values(24, -1);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < values.size(); i += 8) {
        values[i] =
            reward->score({.prompt = {}, .completion = program, .answer = tests, .metadata = {}})
                .value;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(values == std::vector<double>(24, 1.0));
}
