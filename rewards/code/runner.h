#pragma once

#include <string>
#include <string_view>

#include "rewards/code/code_reward.h"
#include "rewards/code/jail.h"
#include "rewards/code/test_cases.h"

namespace hone::rewards::code {

/// The interpreter that is used; empty where the machine has none that a jail shows.
std::string python_program();

/// A program made ready to be run: Python as it is, C++ compiled.
struct Ready {
  File source;
  std::string problem;   // why it cannot be run; empty if it can
  bool machine = false;  // the problem is the machine's, not the program's
};

Ready prepare(const CodeConfig& config, std::string_view program);

/// How one test went.
struct TestOutcome {
  bool passed = false;
  bool machine = false;  // nothing can be said: the jail failed
  std::string problem;   // one line, where it did not pass
};

/// Runs the program on one test, for `seconds` at most.
TestOutcome run_test(const CodeConfig& config, const Ready& ready, const TestCases& cases,
                     const TestCase& test, double seconds);

}  // namespace hone::rewards::code
