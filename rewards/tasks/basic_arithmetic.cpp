#include "rewards/tasks/basic_arithmetic.h"

#include <algorithm>

#include "rewards/tasks/common.h"
#include "rewards/tasks/expression.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr double kDivisions = 0.3;  // of the operations between two numbers

constexpr std::string_view kBasicArithmeticPhrasings[] = {
    "What is the value of {expression}? Answer with a single number.",
    "Work out {expression}. Give only the resulting number.",
    "Evaluate the expression {expression}. The answer is a single number.",
    "Calculate {expression} with the usual order of operations. Reply with just the number."};

class BasicArithmetic final : public Task {
 public:
  explicit BasicArithmetic(const BasicArithmeticConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({"()*+-/0123456789:;=", BasicArithmeticConfig::kType})) {
    require_range("terms", config.min_terms, config.max_terms);
    require_range("digits", config.min_digits, config.max_digits);
  }

  std::string_view name() const override { return BasicArithmeticConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const auto number = [&] {
      const auto digits = random.between(config_.min_digits, config_.max_digits);
      return std::to_string(number_with_digits(digits, random));
    };
    const auto terms = random.between(config_.min_terms, config_.max_terms);
    Expression expression = random_expression(terms, "+-*", number, random);
    for (ExpressionNode& node : expression) {
      if (node.operation == 0 || !random.chance(kDivisions)) continue;
      ExpressionNode &left = expression[node.left], &right = expression[node.right];
      if (left.operation != 0 || right.operation != 0) continue;
      // The dividend is made from its divisor.
      const std::int64_t divisor = *read_whole(right.number);
      const auto quotient =
          random.between(1, std::max<std::int64_t>(1, *read_whole(left.number) / divisor));
      left.number = std::to_string(divisor * quotient);
      node.operation = '/';
    }
    const std::string text = expression_text(expression);
    const nlohmann::json metadata = {{"task", BasicArithmeticConfig::kType}, {"expression", text}};
    return {concat(BasicArithmeticConfig::kType, ":", text, "="),
            expression_value(expression).value(), metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    return worked_trace(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample,
                       [&](std::string_view found) { return judge_whole(found, sample.answer); });
  }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kBasicArithmeticPhrasings, number,
                   {{"expression", spaced(question_of(*this, problem))}});
  }

  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    return worked_words_trace(*this, problem, options, random);
  }

  BasicArithmeticConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const BasicArithmeticConfig& config) {
  return std::make_unique<BasicArithmetic>(config);
}

}  // namespace hone::rewards
