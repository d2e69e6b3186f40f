#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace hone::rewards::code {

/// One test. What is expected never leaves this process.
struct TestCase {
  std::string input;           // on standard input; for a function a JSON array of arguments
  std::string expected;        // on standard output; for a function as JSON
  nlohmann::json value;        // a function's result as exact_json has it
  bool maybe_wrapped = false;  // APPS: a result stands in a list of its own, or does not
};

/// All tests of a problem.
struct TestCases {
  std::string function;  // empty: a program that reads and prints
  std::vector<TestCase> tests;
  std::string problem;  // why there is nothing to judge with; else empty
};

/// Reads a problem's tests from its answer, in one of these forms:
/// {"inputs": [..], "outputs": [..], "fn_name"?} with texts, or for functions a list of arguments
/// and the result (APPS, TACO, verl), and [{"input", "output"}, ..], also under "test_cases", where
/// a function has an argument in JSON on each line and is named by "fn_name" or the metadata's
/// "func_name" (LiveCodeBench, open-r1).
TestCases read_test_cases(std::string_view answer, std::string_view metadata);

}  // namespace hone::rewards::code
