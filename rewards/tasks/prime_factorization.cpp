#include "rewards/tasks/prime_factorization.h"

#include <algorithm>

#include "rewards/tasks/common.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kPrimeFactorizationExplanation =
    "What are the prime factors of the number? Answer with all of them, * between them.";

/// number >= 2.
std::int64_t smallest_prime(std::int64_t number) {
  for (std::int64_t divisor = 2; divisor * divisor <= number; ++divisor) {
    if (number % divisor == 0) return divisor;
  }
  return number;
}

std::vector<std::string_view> sorted_factors(std::string_view text) {
  auto factors = split_list(text, '*');
  std::sort(factors.begin(), factors.end());
  return factors;
}

class PrimeFactorization final : public Task {
 public:
  explicit PrimeFactorization(const PrimeFactorizationConfig& config)
      : config_(config),
        explanation_(config.explain ? kPrimeFactorizationExplanation : ""),
        alphabet_(
            characters_of({"*/0123456789:;=", PrimeFactorizationConfig::kType, explanation_})) {
    require_range("value", config.min_value, config.max_value);
  }

  std::string_view name() const override { return PrimeFactorizationConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    std::int64_t number = random.between(config_.min_value, config_.max_value);
    const bool prime = smallest_prime(number) == number;
    if (prime) number = random.between(config_.min_value, config_.max_value);
    std::vector<std::int64_t> factors;
    for (std::int64_t rest = number; rest > 1; rest /= factors.back()) {
      factors.push_back(smallest_prime(rest));
    }
    const nlohmann::json metadata = {{"task", PrimeFactorizationConfig::kType}, {"number", number}};
    return {asked(explanation_, PrimeFactorizationConfig::kType, ":", number, "="),
            join(factors, "*"), metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    std::string think;
    std::vector<std::int64_t> factors;
    for (auto rest = metadata_of<std::int64_t>(*this, problem, "number"); rest > 1;) {
      const std::int64_t prime = smallest_prime(rest);
      factors.push_back(prime);
      std::int64_t quotient = rest / prime;
      // Smaller, so that it ends.
      if (quotient > 1 && random.chance(options.wrong_steps))
        quotient = random.between(1, quotient - 1);
      add_step(think, rest, "/", prime, "=", quotient);
      rest = quotient;
    }
    return completion_text(think, join(factors, "*"));
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample, [&](std::string_view found) {
      return judged(found, sorted_factors(found) == sorted_factors(sample.answer), sample.answer);
    });
  }

 private:
  PrimeFactorizationConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const PrimeFactorizationConfig& config) {
  return std::make_unique<PrimeFactorization>(config);
}

}  // namespace hone::rewards
