#include "rewards/tasks/simple_equations.h"

#include <cstdlib>
#include <numeric>

#include "rewards/math/equal.h"
#include "rewards/tasks/common.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kSimpleEquationsExplanation = "Which whole number is the variable?";

std::int64_t sum(const std::vector<std::int64_t>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), std::int64_t{0});
}

/// `7` of `x = 7`.
std::string_view without_variable(std::string_view found) {
  if (found.front() < 'a' || found.front() > 'z') return found;
  const std::string_view rest = trim(found.substr(1));
  return rest.starts_with('=') ? rest.substr(1) : found;
}

class SimpleEquations final : public Task {
 public:
  explicit SimpleEquations(const SimpleEquationsConfig& config)
      : config_(config),
        explanation_(config.explain ? kSimpleEquationsExplanation : ""),
        alphabet_(characters_of({"*+-/0123456789:;=abcdefghijklmnopqrstuvwxyz",
                                 SimpleEquationsConfig::kType, explanation_})) {
    require_range("terms", config.min_terms, config.max_terms);
    require_range("value", config.min_value, config.max_value);
  }

  std::string_view name() const override { return SimpleEquationsConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const char variable = static_cast<char>('a' + random.below(26));
    const auto solution = random.between(config_.min_value, config_.max_value);
    const auto terms = random.between(config_.min_terms, config_.max_terms);
    std::vector<std::int64_t> coefficients, numbers;
    std::string left;
    for (std::int64_t coefficient_sum = 0; coefficient_sum == 0;) {
      coefficients.clear();
      numbers.clear();
      left.clear();
      for (std::int64_t i = 0; i < terms; ++i) {
        const auto size = random.between(config_.min_value, config_.max_value);
        const bool minus = i > 0 && random.chance(0.5),
                   variable_here = i == 0 || random.chance(0.5);
        (variable_here ? coefficients : numbers).push_back(minus ? -size : size);
        if (i > 0) left += minus ? '-' : '+';
        left += std::to_string(size);
        if (variable_here) left += concat("*", variable);
      }
      coefficient_sum = sum(coefficients);
    }
    const std::int64_t right = sum(coefficients) * solution + sum(numbers);
    const nlohmann::json metadata = {{"task", SimpleEquationsConfig::kType},
                                     {"coefficients", coefficients},
                                     {"numbers", numbers},
                                     {"right", right}};
    return {asked(explanation_, SimpleEquationsConfig::kType, ":", variable, ":", left, "=", right,
                  ":"),
            std::to_string(solution), metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    std::string think;
    const auto coefficients =
        metadata_of<std::vector<std::int64_t>>(*this, problem, "coefficients");
    const auto numbers = metadata_of<std::vector<std::int64_t>>(*this, problem, "numbers");
    const auto add = [&](std::int64_t before, std::int64_t number) {
      const std::int64_t after = slip(before + number, options.wrong_steps, random);
      add_step(think, before, number < 0 ? '-' : '+', std::abs(number), "=", after);
      return after;
    };
    std::int64_t coefficient = coefficients.at(0);
    for (std::size_t i = 1; i < coefficients.size(); ++i)
      coefficient = add(coefficient, coefficients[i]);
    auto right = metadata_of<std::int64_t>(*this, problem, "right");
    for (const std::int64_t number : numbers) right = add(right, -number);
    const std::int64_t quotient = coefficient == 0 ? 0 : right / coefficient;
    const std::string answer = std::to_string(slip(quotient, options.wrong_steps, random));
    add_step(think, right, "/", coefficient, "=", answer);
    return completion_text(think, answer);
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample, [&](std::string_view found) {
      return judge_answer(without_variable(found), sample.answer);
    });
  }

 private:
  SimpleEquationsConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const SimpleEquationsConfig& config) {
  return std::make_unique<SimpleEquations>(config);
}

}  // namespace hone::rewards
