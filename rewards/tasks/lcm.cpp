#include "rewards/tasks/lcm.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "rewards/tasks/common.h"
#include "rewards/tasks/euclid.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr int kMaxLcmDraws = 10'000;

constexpr std::string_view kLcmPhrasings[] = {
    "What is the least common multiple of {numbers}? Answer with a single number.",
    "Find the smallest positive whole number that is a multiple of each of {numbers}. Give only "
    "the "
    "number.",
    "Compute the least common multiple (LCM) of {numbers}. The answer is a single number.",
    "What is the smallest positive number that can be divided by each of {numbers} without "
    "remainder? Reply with just the number."};

class Lcm final : public Task {
 public:
  explicit Lcm(const LcmConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({"%*,/0123456789:;=", LcmConfig::kType})) {
    require_range("numbers", config.min_numbers, config.max_numbers);
    require_range("value", config.min_value, config.max_value);
  }

  std::string_view name() const override { return LcmConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    for (int draw = 0; draw < kMaxLcmDraws; ++draw) {
      const auto count = random.between(config_.min_numbers, config_.max_numbers);
      std::vector<std::int64_t> numbers;
      std::int64_t multiple = 1;
      for (std::int64_t i = 0; i < count; ++i) {
        numbers.push_back(random.between(config_.min_value, config_.max_value));
        multiple = std::lcm(multiple, numbers.back());
      }
      if (multiple == *std::max_element(numbers.begin(), numbers.end())) continue;
      const nlohmann::json metadata = {{"task", LcmConfig::kType}, {"numbers", numbers}};
      return {concat(LcmConfig::kType, ":", join(numbers, ","), "="), std::to_string(multiple),
              metadata.dump()};
    }
    throw std::invalid_argument("lcm: one number is always a multiple of the others");
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    std::string think;
    std::int64_t multiple = 0;
    for (const auto number : metadata_of<std::vector<std::int64_t>>(*this, problem, "numbers")) {
      if (multiple == 0) {
        multiple = number;
        continue;
      }
      const std::int64_t divisor =
          euclid_steps(think, multiple, number, options.wrong_steps, random);
      const std::int64_t quotient = slip(multiple / divisor, options.wrong_steps, random, 1);
      add_step(think, multiple, "/", divisor, "=", quotient);
      multiple = slip(quotient * number, options.wrong_steps, random, 1);
      add_step(think, quotient, "*", number, "=", multiple);
    }
    return completion_text(think, std::to_string(multiple));
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(
        kLcmPhrasings, number,
        {{"numbers", listed(metadata_of<std::vector<std::int64_t>>(*this, problem, "numbers"))}});
  }

  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const auto numbers = metadata_of<std::vector<std::int64_t>>(*this, problem, "numbers");
    std::string think;
    std::int64_t multiple = numbers.at(0);
    for (std::size_t i = 1; i < numbers.size(); ++i) {
      const std::int64_t divisor =
          euclid_in_words(think, multiple, numbers[i], options.wrong_steps, random);
      say(think, "The greatest common divisor is ", divisor);
      const std::int64_t quotient = slip(multiple / divisor, options.wrong_steps, random, 1);
      say(think, multiple, " / ", divisor, " = ", quotient);
      multiple = slip(quotient * numbers[i], options.wrong_steps, random, 1);
      say(think, quotient, " * ", numbers[i], " = ", multiple);
    }
    say(think, "So the least common multiple is ", multiple);
    return completion_text(think, std::to_string(multiple));
  }

  LcmConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const LcmConfig& config) { return std::make_unique<Lcm>(config); }

}  // namespace hone::rewards
