#include "rewards/tasks/decimal_arithmetic.h"

#include "rewards/tasks/common.h"
#include "rewards/tasks/expression.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kDecimalArithmeticPhrasings[] = {
    "What is the exact value of {expression}? Answer with a single decimal number.",
    "Work out {expression} without rounding. Give only the resulting number.",
    "Evaluate {expression}. The answer is a single number, not rounded.",
    "Calculate {expression} exactly. Reply with just the decimal number."};

class DecimalArithmetic final : public Task {
 public:
  explicit DecimalArithmetic(const DecimalArithmeticConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({"()*+-.0123456789:;=", DecimalArithmeticConfig::kType})) {
    require_range("terms", config.min_terms, config.max_terms);
    require_range("decimals", config.min_decimals, config.max_decimals);
  }

  std::string_view name() const override { return DecimalArithmeticConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const auto number = [&] {
      const auto digits = random.between(1, config_.max_digits);
      const auto decimals = random.between(config_.min_decimals, config_.max_decimals);
      std::string text = concat(number_with_digits(digits, random), ".");
      for (std::int64_t i = 1; i < decimals; ++i) text += static_cast<char>('0' + random.below(10));
      return concat(text, static_cast<char>('1' + random.below(9)));
    };
    const auto terms = random.between(config_.min_terms, config_.max_terms);
    const Expression expression = random_expression(terms, "+-*", number, random);
    const std::string text = expression_text(expression);
    const nlohmann::json metadata = {{"task", DecimalArithmeticConfig::kType},
                                     {"expression", text}};
    return {concat(DecimalArithmeticConfig::kType, ":", text, "="),
            expression_value(expression).value(), metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    return worked_trace(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kDecimalArithmeticPhrasings, number,
                   {{"expression", spaced(question_of(*this, problem))}});
  }

  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    return worked_words_trace(*this, problem, options, random);
  }

  DecimalArithmeticConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const DecimalArithmeticConfig& config) {
  return std::make_unique<DecimalArithmetic>(config);
}

}  // namespace hone::rewards
