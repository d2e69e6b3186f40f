#include "rewards/tasks/expression.h"

#include <gmpxx.h>

#include <algorithm>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

int precedence(char operation) {
  if (operation == 0) return 3;
  return operation == '+' || operation == '-' ? 1 : 2;
}

/// Recursive descent; parentheses nest no deeper than the text is long, which is bounded.
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  std::optional<Expression> whole() {
    skip_space();
    if (!sum() || !rest_.empty()) return std::nullopt;
    return std::move(nodes_);
  }

 private:
  bool sum() {
    return chain("+-", [this] { return product(); });
  }
  bool product() {
    return chain("*/", [this] { return operand(); });
  }

  /// Operands with operations of one precedence between them, from left to right.
  template <class Operand>
  bool chain(std::string_view operations, Operand next) {
    if (!next()) return false;
    std::size_t left = nodes_.size() - 1;
    while (const char operation = take(operations)) {
      if (!next()) return false;
      nodes_.push_back({operation, left, nodes_.size() - 1, {}});
      left = nodes_.size() - 1;
    }
    return true;
  }

  bool operand() {
    if (take("(")) return sum() && take(")") != 0;
    std::string number = digits();
    if (number.empty()) return false;
    if (rest_.starts_with('.')) {
      rest_.remove_prefix(1);
      const std::string fraction = digits();
      if (fraction.empty()) return false;
      number += concat('.', fraction);
    }
    skip_space();
    nodes_.push_back({0, 0, 0, number});
    return true;
  }

  std::string digits() {
    std::size_t size = 0;
    while (size < rest_.size() && is_digit(rest_[size])) ++size;
    const std::string run(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return run;
  }

  /// The sign taken, 0 if the next one is none of these.
  char take(std::string_view signs) {
    static constexpr std::pair<std::string_view, char> kSpellings[] = {
        {"\xC3\x97", '*'}, {"\xC3\xB7", '/'}, {"\xE2\x88\x92", '-'}};
    char sign = rest_.empty() ? '\0' : rest_.front();
    std::size_t size = 1;
    for (const auto& [spelling, meaning] : kSpellings) {
      if (!rest_.starts_with(spelling)) continue;
      sign = meaning;
      size = spelling.size();
    }
    if (sign == '\0' || signs.find(sign) == std::string_view::npos) return 0;
    rest_.remove_prefix(size);
    skip_space();
    return sign;
  }

  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }

  std::string_view rest_;
  Expression nodes_;
};

mpq_class number_of(const std::string& text) {
  const std::size_t point = text.find('.');
  if (point == std::string::npos) return mpq_class(text, 10);
  mpz_class scale;
  mpz_ui_pow_ui(scale.get_mpz_t(), 10, text.size() - point - 1);
  mpq_class value(mpz_class(text.substr(0, point) + text.substr(point + 1), 10), scale);
  value.canonicalize();
  return value;
}

/// Absence means: a division by zero.
std::optional<mpq_class> apply_exactly(const mpq_class& left, char operation,
                                       const mpq_class& right) {
  switch (operation) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    default:
      if (right == 0) return std::nullopt;
      return left / right;
  }
}

std::string shown_number(const mpq_class& value) {
  mpz_class denominator = value.get_den();
  const auto twos =
      mpz_remove(denominator.get_mpz_t(), denominator.get_mpz_t(), mpz_class(2).get_mpz_t());
  const auto fives =
      mpz_remove(denominator.get_mpz_t(), denominator.get_mpz_t(), mpz_class(5).get_mpz_t());
  if (denominator != 1) return value.get_str();
  const std::size_t places = std::max(twos, fives);
  mpz_class scale;
  mpz_ui_pow_ui(scale.get_mpz_t(), 10, places);
  std::string digits = mpz_class(abs(value.get_num()) * scale / value.get_den()).get_str();
  if (places > 0) {
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, ".");
  }
  return concat(value < 0 ? "-" : "", digits);
}

void write_expression(const Expression& expression, std::size_t at, std::string& text) {
  const ExpressionNode& node = expression[at];
  if (node.operation == 0) return void(text += node.number);
  const auto operand = [&](std::size_t child, bool right) {
    const int inner = precedence(expression[child].operation), outer = precedence(node.operation);
    const bool parentheses = inner < outer || (right && inner == outer);
    if (parentheses) text += '(';
    write_expression(expression, child, text);
    if (parentheses) text += ')';
  };
  operand(node.left, false);
  text += node.operation;
  operand(node.right, true);
}

/// What the problem's metadata has as its "expression".
Expression expression_in(const Task& task, const TaskProblem& problem) {
  auto expression = parse_expression(metadata_of<std::string>(task, problem, "expression"));
  if (!expression) not_a_problem_of(task.name(), problem.prompt);
  return std::move(*expression);
}

/// A fraction in parentheses: 8/(1/3) is 24, and 8/1/3 is not.
std::string as_operand(const mpq_class& value) {
  const std::string text = shown_number(value);
  return text.find('/') == std::string::npos ? text : concat("(", text, ")");
}

}  // namespace

std::optional<Expression> parse_expression(std::string_view text) {
  if (text.size() > kMaxExpressionText) return std::nullopt;
  return Parser(text).whole();
}

std::string expression_text(const Expression& expression) {
  std::string text;
  write_expression(expression, expression.size() - 1, text);
  return text;
}

std::optional<std::string> expression_value(const Expression& expression) {
  std::vector<mpq_class> values;
  for (const ExpressionNode& node : expression) {
    const auto value = node.operation == 0
                           ? number_of(node.number)
                           : apply_exactly(values[node.left], node.operation, values[node.right]);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return shown_number(values.back());
}

std::vector<std::string> expression_numbers(const Expression& expression) {
  std::vector<std::string> numbers;
  for (const ExpressionNode& node : expression) {
    if (node.operation == 0) numbers.push_back(node.number);
  }
  return numbers;
}

WorkedExpression work_out(const Expression& expression, std::string_view separator,
                          double wrong_steps, Random& random) {
  WorkedExpression worked;
  std::vector<mpq_class> values;
  for (const ExpressionNode& node : expression) {
    if (node.operation == 0) {
      values.push_back(number_of(node.number));
      continue;
    }
    const mpq_class &left = values[node.left], &right = values[node.right];
    mpq_class value = apply_exactly(left, node.operation, right).value_or(0);
    value += static_cast<long>(slip(0, wrong_steps, random));
    if (!worked.steps.empty()) worked.steps += separator;
    worked.steps +=
        concat(as_operand(left), node.operation, as_operand(right), "=", shown_number(value));
    values.push_back(value);
  }
  worked.result = shown_number(values.back());
  return worked;
}

std::string worked_trace(const Task& task, const TaskProblem& problem, const TraceOptions& options,
                         Random& random) {
  const WorkedExpression worked =
      work_out(expression_in(task, problem), ";", options.wrong_steps, random);
  return completion_text(worked.steps, worked.result);
}

std::string worked_words_trace(const Task& task, const TaskProblem& problem,
                               const TraceOptions& options, Random& random) {
  const WorkedExpression worked =
      work_out(expression_in(task, problem), ". ", options.wrong_steps, random);
  std::string think;
  say(think, spaced(worked.steps));
  say(think, "So the answer is ", worked.result);
  return completion_text(think, worked.result);
}

Expression random_expression(std::int64_t terms, std::string_view operations,
                             const std::function<std::string()>& number, Random& random) {
  Expression expression;
  std::vector<std::size_t> open;  // what is not yet an operand
  for (std::int64_t i = 0; i < terms; ++i) {
    open.push_back(expression.size());
    expression.push_back({0, 0, 0, number()});
  }
  while (open.size() > 1) {
    // Neighbours are joined, so that numbers keep their order.
    const std::size_t at = random.below(open.size() - 1);
    expression.push_back({pick(operations, random), open[at], open[at + 1], {}});
    open[at] = expression.size() - 1;
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
  return expression;
}

}  // namespace hone::rewards
