#include "rewards/tasks/gcd.h"

#include <algorithm>

#include "rewards/tasks/common.h"
#include "rewards/tasks/euclid.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kGcdExplanation = "What is the greatest common divisor of the numbers?";
constexpr std::int64_t kMinDivisors = 12;  // to draw from: no constant is right one time in ten

class Gcd final : public Task {
 public:
  explicit Gcd(const GcdConfig& config)
      : config_(config),
        explanation_(config.explain ? kGcdExplanation : ""),
        alphabet_(characters_of({"%,0123456789:;=", GcdConfig::kType, explanation_})) {
    require_range("numbers", config.min_numbers, config.max_numbers);
  }

  std::string_view name() const override { return GcdConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const auto divisor = random.between(1, std::max(kMinDivisors, config_.max_value / 20));
    const auto count = random.between(config_.min_numbers, config_.max_numbers);
    const auto numbers = with_divisor(divisor, config_.max_value / divisor, count, random);
    const nlohmann::json metadata = {{"task", GcdConfig::kType}, {"numbers", numbers}};
    return {asked(explanation_, GcdConfig::kType, ":", join(numbers, ","), "="),
            std::to_string(divisor), metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
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
  GcdConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const GcdConfig& config) { return std::make_unique<Gcd>(config); }

}  // namespace hone::rewards
