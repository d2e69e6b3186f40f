#include "rewards/code/code_reward.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <semaphore>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "rewards/code/asserts.h"
#include "rewards/code/program.h"
#include "rewards/code/runner.h"
#include "rewards/code/test_cases.h"
#include "rewards/math/extract.h"

namespace hone::rewards {
namespace {

using code::TestCases;
using code::TestOutcome;

double now() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

class CodeReward final : public Reward {
 public:
  explicit CodeReward(const CodeConfig& config)
      : config_(config), jails_(std::max(1U, std::thread::hardware_concurrency())) {}

  bool runs_programs() const override { return true; }

  Score score(const Sample& sample) const override {
    const code::Program program =
        code::last_program(sample.completion, opens_reasoning(sample.prompt));
    // As many jails at a time as there are processors: more would only take each other's time.
    jails_.acquire();
    const struct Release {
      std::counting_semaphore<>& jails;
      ~Release() { jails.release(); }
    } release{jails_};
    try {
      const TestCases cases = tests_of(sample);
      if (!cases.problem.empty()) return {0, Status::kAbstain, cases.problem};
      if (!cases.function.empty() && config_.language != CodeLanguage::kPython) {
        return {0, Status::kAbstain, "tests that call a function are for Python"};
      }
      if (!program.problem.empty()) {
        return {0, Status::kMalformed, std::string(program.problem)};
      }
      return run(program.text, cases);
    } catch (const std::system_error& error) {
      return {0, Status::kAbstain, std::string("no jail could be made: ") + error.what()};
    }
  }

 private:
  TestCases tests_of(const Sample& sample) const {
    const auto answer = nlohmann::json::parse(sample.answer, nullptr, false);
    if (!code::has_asserts(answer)) return code::read_test_cases(sample.answer, sample.metadata);
    const code::FromAsserts made = code::from_asserts(sample.answer, config_.isolation);
    if (!made.problem.empty()) return {{}, {}, made.problem};
    return code::read_test_cases(made.answer, "");
  }

  Score run(std::string_view program, const TestCases& cases) const {
    const code::Ready ready = code::prepare(config_, program);
    if (!ready.problem.empty()) {
      return {0, ready.machine ? Status::kAbstain : Status::kWrong, ready.problem};
    }
    const double end = now() + config_.sample_time_limit_s;
    std::size_t passed = 0;
    std::string problem;
    for (std::size_t i = 0; i < cases.tests.size(); ++i) {
      const double left = end - now();
      TestOutcome outcome{false, false, "no time was left of sample_time_limit_s"};
      if (left > 0) {
        const double seconds = std::min(config_.time_limit_s, left);
        outcome = code::run_test(config_, ready, cases, cases.tests[i], seconds);
      }
      if (outcome.machine) return {0, Status::kAbstain, outcome.problem};
      passed += outcome.passed;
      if (outcome.passed) continue;
      if (problem.empty()) problem = "; test " + std::to_string(i + 1) + " " + outcome.problem;
      if (!config_.partial || left <= 0) break;
    }
    const std::size_t count = cases.tests.size();
    const bool all = passed == count;
    const double share = static_cast<double>(passed) / static_cast<double>(count);
    return {all               ? 1.0
            : config_.partial ? share
                              : 0.0,
            all ? Status::kCorrect : Status::kWrong,
            std::to_string(passed) + " of " + std::to_string(count) + " tests passed" + problem +
                " (" +
                std::string(
                    enum_names(code::Isolation{})[static_cast<std::size_t>(config_.isolation)]) +
                " isolation)"};
  }

  CodeConfig config_;
  mutable std::counting_semaphore<> jails_;
};

}  // namespace

std::unique_ptr<Reward> make_reward(const CodeConfig& config) {
  const std::string problem = code::isolation_problem(config.isolation);
  if (!problem.empty()) throw std::invalid_argument("isolation: " + problem);
  return std::make_unique<CodeReward>(config);
}

}  // namespace hone::rewards
