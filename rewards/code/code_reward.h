#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/code/isolation.h"
#include "rewards/reward.h"

namespace hone::rewards {

enum class CodeLanguage { kPython, kCpp };
constexpr std::array<std::string_view, 2> enum_names(CodeLanguage) { return {"python", "cpp"}; }

/// Does the completion's program pass the problem's tests?
struct CodeConfig {
  static constexpr std::string_view kType = "code";
  CodeLanguage language = CodeLanguage::kPython;
  double time_limit_s = 6;
  double compile_time_limit_s = 30;
  double sample_time_limit_s = 60;
  std::int64_t memory_limit_mb = 512;
  code::Isolation isolation = code::Isolation::kFull;
  bool partial = false;

  template <class V>
  void fields(V& v) {
    v("language", language, "python or cpp");
    v("time_limit_s", time_limit_s, "seconds that a test may take, by the clock", 0.1, 3600.0);
    v("compile_time_limit_s", compile_time_limit_s, "seconds that g++ may take", 0.1, 3600.0);
    v("sample_time_limit_s", sample_time_limit_s, "seconds that all tests of a sample may take",
      0.1, 86400.0);
    v("memory_limit_mb", memory_limit_mb, "address space of a program", 64, 1 << 20);
    v("isolation", isolation,
      "what is required: full, or filter: no namespaces, so it sees this machine's files");
    v("partial", partial, "score the share of tests that pass, not only all of them");
  }
};

/// 1 if the program in the completion's last fenced block passes all tests of the problem's answer
/// (code/test_cases.h, code/asserts.h), else 0. Each test is a process of its own in a jail
/// (code/jail.h). What is expected never enters it. Abstains where the tests cannot be read, the
/// machine has no interpreter or compiler, or a jail could not be made. Throws:
/// std::invalid_argument where this machine cannot give the isolation that is required.
std::unique_ptr<Reward> make_reward(const CodeConfig& config);

}  // namespace hone::rewards
