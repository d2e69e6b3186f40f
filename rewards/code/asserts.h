#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "rewards/code/isolation.h"

namespace hone::rewards::code {

/// Does the answer hold Python assertions, {"test", "entry_point"} as HumanEval has them or
/// {"test_list"} as MBPP?
bool has_asserts(const nlohmann::json& answer);

/// Tests that were made of assertions, as read_test_cases reads them.
struct FromAsserts {
  std::string answer;   // JSON
  std::string problem;  // why not; empty if they were
};

/// Takes `assert f(ARGUMENTS) == VALUE` apart, so that the program is given the arguments and the
/// value stays here. Python reads them, in a jail and without running them; it never sees the
/// program. An assertion of any other form (a tolerance, a loop, a variable) cannot be taken apart,
/// and then nothing can be judged.
FromAsserts from_asserts(std::string_view answer, Isolation isolation);

}  // namespace hone::rewards::code
