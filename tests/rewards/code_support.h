#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "rewards/code/code_reward.h"
#include "rewards/code/jail.h"

// What the tests of programs in jails share.

namespace hone::rewards {

/// False, and said so, on a machine where nothing can be tested.
inline bool can_isolate(code::Isolation isolation = code::Isolation::kFull) {
  static const std::string full = code::isolation_problem(code::Isolation::kFull);
  const std::string problem = isolation == code::Isolation::kFull
                                  ? full
                                  : code::isolation_problem(code::Isolation::kFilter);
  if (!problem.empty()) WARN("skipped, as this machine cannot isolate programs: " << problem);
  return problem.empty();
}

inline std::string fenced(const std::string& program) {
  return "This is it:\n```\n" + program + "\n```\n";
}

inline Score judge_program(const CodeConfig& config, const std::string& program,
                           const nlohmann::json& answer, const std::string& metadata = "") {
  const std::string completion = fenced(program), tests = answer.dump();
  return make_reward(config)->score(
      {.prompt = {}, .completion = completion, .answer = tests, .metadata = metadata});
}

}  // namespace hone::rewards
