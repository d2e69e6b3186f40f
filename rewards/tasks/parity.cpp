#include "rewards/tasks/parity.h"

#include <nlohmann/json.hpp>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kParityPhrasings[] = {
    "Count the ones in the bit string {bits}. If their number is odd, answer 1; if it is even, "
    "answer 0.",
    "Is the number of 1s in {bits} odd or even? Answer with 1 for odd or 0 for even.",
    "What is the sum of the bits of {bits} modulo 2? Answer with 0 or 1.",
    "Find the parity of {bits}: answer 1 if it has an odd number of ones, and 0 otherwise."};

class Parity final : public Task {
 public:
  explicit Parity(const ParityConfig& config) : Task(config.prompts), config_(config) {
    require_range("bits", config.min_bits, config.max_bits);
  }

  std::string_view name() const override { return ParityConfig::kType; }
  std::string_view code_alphabet() const override { return "01^=;"; }

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

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    const std::string_view bits = bits_of(problem);
    if (!random.chance(options.long_share)) return guessed(random);
    std::string think;
    char value = bits[0];
    for (const char bit : bits.substr(1)) {
      const bool wrong = random.chance(options.wrong_steps);
      const char next = (value != bit) != wrong ? '1' : '0';
      add_step(think, value, '^', bit, '=', next);
      value = next;
    }
    return completion_text(think, std::string(1, value));
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kParityPhrasings, number, {{"bits", std::string(bits_of(problem))}});
  }

  /// `1: odd. 0: odd. 1: even.`: after each bit, is the number of ones odd or even?
  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    const std::string_view bits = bits_of(problem);
    if (!random.chance(options.long_share)) return guessed(random);
    std::string think;
    bool odd = false;
    for (const char bit : bits) {
      odd = (odd != (bit == '1')) != random.chance(options.wrong_steps);
      say(think, bit, odd ? ": odd" : ": even");
    }
    say(think, "So the number of ones is ", odd ? "odd" : "even");
    return completion_text(think, odd ? "1" : "0");
  }

  static std::string guessed(Random& random) {
    return completion_text("", random.below(2) == 1 ? "1" : "0");
  }

  std::string_view bits_of(const TaskProblem& problem) const {
    const std::string_view code = problem.short_form();
    if (code.size() < 2 || code.find_first_not_of("01") != code.size() - 1 || code.back() != '=')
      not_a_problem_of(name(), code);
    return code.substr(0, code.size() - 1);
  }

  ParityConfig config_;
};

}  // namespace

std::unique_ptr<Task> make_task(const ParityConfig& config) {
  return std::make_unique<Parity>(config);
}

}  // namespace hone::rewards
