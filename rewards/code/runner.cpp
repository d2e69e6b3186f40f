#include "rewards/code/runner.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "rewards/code/compare.h"
#include "rewards/code/driver.h"
#include "rewards/text.h"

namespace hone::rewards::code {
namespace {

constexpr std::int64_t kCompileBytes = 1 << 30;
constexpr std::int64_t kMegabyte = 1 << 20;
constexpr const char* kBinary = "program";

/// The first that is there; only what lies under /usr is in a jail.
std::string find_program(const char* name) {
  for (const char* folder : {"/usr/bin/", "/usr/local/bin/"}) {
    std::error_code none;
    if (std::filesystem::exists(folder + std::string(name), none))
      return folder + std::string(name);
  }
  return "";
}

/// The last line, which is where Python names the exception; compilers put theirs first.
std::string last_error_line(std::string_view text) {
  text = trim(text);
  return shown(text.substr(text.rfind('\n') + 1), 120);
}
std::string first_error(std::string_view text) {
  const std::size_t at = text.find("error: ");
  const std::string_view rest = at == std::string_view::npos ? trim(text) : text.substr(at);
  return shown(rest.substr(0, rest.find('\n')), 120);
}

/// Why a program that should have ended with 0 did not.
std::string how_program_ended(const JailResult& result, double seconds) {
  switch (result.end) {
    case JailResult::End::kTime:
      return "took longer than " + std::to_string(seconds).substr(0, 5) + " s";
    case JailResult::End::kOutput:
      return "printed far more than is expected";
    case JailResult::End::kSignal:
      return std::string("ended by a signal: ") + ::strsignal(result.code);
    case JailResult::End::kExit:
      return "ended with status " + std::to_string(result.code) + ": " +
             last_error_line(result.error_tail);
    case JailResult::End::kFailed:
      break;
  }
  return "no jail could be made: " + result.problem;
}

/// Whether the result is right, and if not why.
std::string judge(const TestCases& cases, const TestCase& test, const JailResult& result,
                  std::string_view nonce) {
  if (cases.function.empty()) {
    if (same_output(result.output, test.expected)) return "";
    return "printed " + shown(trim(result.output)) + ", expected " + shown(trim(test.expected));
  }
  const std::string_view text = driver_result(result.output, nonce);
  const auto value = exact_json(text);
  if (!value) return "returned no value: " + last_error_line(result.error_tail);
  if (*value == test.value) return "";
  const bool one = test.maybe_wrapped && test.value.is_array() && test.value.size() == 1;
  if (one && *value == test.value[0]) return "";
  return "returned " + shown(text) + ", expected " + shown(test.expected);
}

}  // namespace

std::string python_program() { return find_program("python3"); }

Ready prepare(const CodeConfig& config, std::string_view program) {
  if (config.language == CodeLanguage::kPython) {
    if (python_program().empty()) return {{}, "this machine has no python3 in /usr", true};
    return {sealed_file(program), "", false};
  }
  const std::string compiler = find_program("g++");
  if (compiler.empty()) return {{}, "this machine has no g++ in /usr", true};
  const File text = sealed_file(program);
  JailJob job{.isolation = config.isolation,
              .command = {compiler, "-std=c++20", "-O2", "-w", "-o", std::string(kCollectWord),
                          std::string(kSourceWord)},
              .source = &text,
              .source_name = "main.cpp",
              .collect = kBinary,
              .may_fork = true,
              .seconds = config.compile_time_limit_s,
              .memory_bytes = kCompileBytes};
  JailResult result = run_jailed(job);
  if (result.end == JailResult::End::kFailed) return {{}, how_program_ended(result, 0), true};
  if (result.end != JailResult::End::kExit) {
    return {
        {}, "does not compile: " + how_program_ended(result, config.compile_time_limit_s), false};
  }
  if (result.code != 0) return {{}, "does not compile: " + first_error(result.error_tail), false};
  seal(result.collected);
  return {std::move(result.collected), "", false};
}

TestOutcome run_test(const CodeConfig& config, const Ready& ready, const TestCases& cases,
                     const TestCase& test, double seconds) {
  const bool is_function = !cases.function.empty();
  const std::string nonce = is_function ? random_nonce() : "";
  const File input =
      sealed_file(is_function ? driver_input(nonce, cases.function, test.input) : test.input);
  JailJob job{.isolation = config.isolation,
              .command = {std::string(kSourceWord)},
              .source = &ready.source,
              .source_name = "program",
              .input = &input,
              .seconds = seconds,
              .memory_bytes = config.memory_limit_mb * kMegabyte,
              .output_bytes = static_cast<std::int64_t>(test.expected.size()) + kMegabyte};
  if (config.language == CodeLanguage::kPython) {
    // -I: neither the folder it stands in nor the environment nor a user's packages are looked at.
    job.command = {python_program(), "-I", "-B", "-X", "utf8"};
    if (is_function) job.command.insert(job.command.end(), {"-c", kFunctionDriver});
    job.command.emplace_back(kSourceWord);
    job.source_name = "program.py";
  }
  const JailResult result = run_jailed(job);
  if (result.end == JailResult::End::kFailed)
    return {false, true, how_program_ended(result, seconds)};
  if (result.end != JailResult::End::kExit || result.code != 0) {
    return {false, false, how_program_ended(result, seconds)};
  }
  const std::string problem = judge(cases, test, result, nonce);
  return {problem.empty(), false, problem};
}

}  // namespace hone::rewards::code
