#include "rewards/tasks/gcd.h"

#include <algorithm>

#include "rewards/tasks/common.h"
#include "rewards/tasks/euclid.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr std::int64_t kMinDivisors = 12;  // to draw from: no constant is right one time in ten

constexpr std::string_view kGcdPhrasings[] = {
    "What is the greatest common divisor of {numbers}? Answer with a single number.",
    "Find the largest whole number that divides each of {numbers} without remainder. Give only "
    "the number.",
    "Compute the greatest common divisor (GCD) of {numbers}. The answer is a single number.",
    "What is the largest number of which {numbers} are multiples? Reply with just the number."};

class Gcd final : public Task {
 public:
  explicit Gcd(const GcdConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({"%,0123456789:;=", GcdConfig::kType})) {
    require_range("numbers", config.min_numbers, config.max_numbers);
  }

  std::string_view name() const override { return GcdConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const auto divisor = random.between(1, std::max(kMinDivisors, config_.max_value / 20));
    const auto count = random.between(config_.min_numbers, config_.max_numbers);
    const auto numbers = with_divisor(divisor, config_.max_value / divisor, count, random);
    const nlohmann::json metadata = {{"task", GcdConfig::kType}, {"numbers", numbers}};
    return {concat(GcdConfig::kType, ":", join(numbers, ","), "="), std::to_string(divisor),
            metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    std::string think;
    std::int64_t divisor = 0;
    for (const auto number : metadata_of<std::vector<std::int64_t>>(*this, problem, "numbers")) {
      if (divisor == 0) {
        divisor = number;
      } else {
        divisor = euclid_steps(think, divisor, number, options.wrong_steps, random);
      }
    }
    return completion_text(think, std::to_string(divisor));
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(
        kGcdPhrasings, number,
        {{"numbers", listed(metadata_of<std::vector<std::int64_t>>(*this, problem, "numbers"))}});
  }

  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const auto numbers = metadata_of<std::vector<std::int64_t>>(*this, problem, "numbers");
    std::string think;
    std::int64_t divisor = numbers.at(0);
    for (std::size_t i = 1; i < numbers.size(); ++i)
      divisor = euclid_in_words(think, divisor, numbers[i], options.wrong_steps, random);
    say(think, "So the greatest common divisor is ", divisor);
    return completion_text(think, std::to_string(divisor));
  }

  GcdConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const GcdConfig& config) { return std::make_unique<Gcd>(config); }

}  // namespace hone::rewards
