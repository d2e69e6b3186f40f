#include "rewards/tasks/lcm.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "rewards/tasks/common.h"
#include "rewards/tasks/euclid.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kLcmExplanation = "What is the least common multiple of the numbers?";

constexpr int kMaxLcmDraws = 10'000;

class Lcm final : public Task {
 public:
  explicit Lcm(const LcmConfig& config)
      : config_(config),
        explanation_(config.explain ? kLcmExplanation : ""),
        alphabet_(characters_of({"%*,/0123456789:;=", LcmConfig::kType, explanation_})) {
    require_range("numbers", config.min_numbers, config.max_numbers);
    require_range("value", config.min_value, config.max_value);
  }

  std::string_view name() const override { return LcmConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

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
      return {asked(explanation_, LcmConfig::kType, ":", join(numbers, ","), "="),
              std::to_string(multiple), metadata.dump()};
    }
    throw std::invalid_argument("lcm: one number is always a multiple of the others");
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
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
  LcmConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const LcmConfig& config) { return std::make_unique<Lcm>(config); }

}  // namespace hone::rewards
