#include "rewards/tasks/prime_factorization.h"

#include <algorithm>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

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

constexpr std::string_view kPrimeFactorizationPhrasings[] = {
    "What is the prime factorization of {number}? Write every prime factor as often as it occurs, "
    "with * between them.",
    "Write {number} as a product of prime numbers. Answer with the primes alone, with * between "
    "them.",
    "Factor {number} into primes. Give all prime factors, repeated ones too, with * between them.",
    "Which prime numbers multiply to {number}? List each one as often as it is needed, with * "
    "between them, and nothing else."};

class PrimeFactorization final : public Task {
 public:
  explicit PrimeFactorization(const PrimeFactorizationConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({"*/0123456789:;=", PrimeFactorizationConfig::kType})) {
    require_range("value", config.min_value, config.max_value);
  }

  std::string_view name() const override { return PrimeFactorizationConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    std::int64_t number = random.between(config_.min_value, config_.max_value);
    const bool prime = smallest_prime(number) == number;
    if (prime) number = random.between(config_.min_value, config_.max_value);
    std::vector<std::int64_t> factors;
    for (std::int64_t rest = number; rest > 1; rest /= factors.back()) {
      factors.push_back(smallest_prime(rest));
    }
    const nlohmann::json metadata = {{"task", PrimeFactorizationConfig::kType}, {"number", number}};
    return {concat(PrimeFactorizationConfig::kType, ":", number, "="), join(factors, "*"),
            metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    std::string think;
    std::vector<std::int64_t> factors;
    for (auto rest = metadata_of<std::int64_t>(*this, problem, "number"); rest > 1;) {
      const std::int64_t prime = smallest_prime(rest);
      factors.push_back(prime);
      const std::int64_t quotient = quotient_of(rest, prime, options, random);
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
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kPrimeFactorizationPhrasings, number, {{"number", question_of(*this, problem)}});
  }

  std::string words_answer(std::string answer) const override { return spaced(answer); }

  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const auto number = metadata_of<std::int64_t>(*this, problem, "number");
    std::string think;
    std::vector<std::int64_t> factors;
    for (std::int64_t rest = number; rest > 1;) {
      const std::int64_t prime = smallest_prime(rest);
      factors.push_back(prime);
      if (prime == rest) {
        say(think, rest, " is prime");
        break;
      }
      const std::int64_t quotient = quotient_of(rest, prime, options, random);
      say(think, rest, " / ", prime, " = ", quotient);
      rest = quotient;
    }
    const std::string product = join(factors, " * ");
    say(think, "So ", number, " = ", product);
    return completion_text(think, product);
  }

  /// A wrong one is smaller, so that it ends.
  static std::int64_t quotient_of(std::int64_t number, std::int64_t prime,
                                  const TraceOptions& options, Random& random) {
    const std::int64_t quotient = number / prime;
    const bool wrong = quotient > 1 && random.chance(options.wrong_steps);
    return wrong ? random.between(1, quotient - 1) : quotient;
  }

  PrimeFactorizationConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const PrimeFactorizationConfig& config) {
  return std::make_unique<PrimeFactorization>(config);
}

}  // namespace hone::rewards
