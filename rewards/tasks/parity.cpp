#include "rewards/tasks/parity.h"

#include <nlohmann/json.hpp>

#include "rewards/tasks/common.h"

namespace hone::rewards {
namespace {

class Parity final : public Task {
 public:
  explicit Parity(const ParityConfig& config) : config_(config) {
    require_range("bits", config.min_bits, config.max_bits);
  }

  std::string_view name() const override { return ParityConfig::kType; }
  std::string_view alphabet() const override { return "01^=;"; }

  TaskProblem generate(Random& random) const override {
    const std::int64_t bits = random.between(config_.min_bits, config_.max_bits);
    std::string prompt;
    bool odd = false;
    for (std::int64_t i = 0; i < bits; ++i) {
      const bool bit = random.below(2) == 1;
      prompt += bit ? '1' : '0';
      odd ^= bit;
    }
    const nlohmann::json metadata = {{"task", name()}, {"bits", bits}};
    return {prompt + "=", odd ? "1" : "0", metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    const std::string_view prompt = problem.prompt;
    if (prompt.size() < 2 || prompt.find_first_not_of("01") != prompt.size() - 1 ||
        prompt.back() != '=') {
      not_a_problem_of(name(), prompt);
    }
    if (!random.chance(options.long_share)) {
      return completion_text("", random.below(2) == 1 ? "1" : "0");
    }
    std::string think;
    char value = prompt[0];
    for (std::size_t i = 1; i + 1 < prompt.size(); ++i) {
      const bool wrong = random.chance(options.wrong_steps);
      const char next = (value != prompt[i]) != wrong ? '1' : '0';
      add_step(think, value, '^', prompt[i], '=', next);
      value = next;
    }
    return completion_text(think, std::string(1, value));
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  ParityConfig config_;
};

}  // namespace

std::unique_ptr<Task> make_task(const ParityConfig& config) {
  return std::make_unique<Parity>(config);
}

}  // namespace hone::rewards
