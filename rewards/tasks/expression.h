#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// A number, or an operation on two earlier nodes.
struct ExpressionNode {
  char operation = 0;  // + - * /; 0: a number
  std::size_t left = 0, right = 0;
  std::string number;  // its digits, perhaps with a decimal point; never a sign
};

/// Arithmetic as a tree: operands stand before their operation, the whole is the last node. Never
/// empty.
using Expression = std::vector<ExpressionNode>;

/// Longer text is no expression: it bounds time and depth.
inline constexpr std::size_t kMaxExpressionText = 1000;

/// Reads `(12-3.5)*4/2` with the usual precedence. White space may stand between numbers and signs;
/// a sign of its own (`-3`), `**`, names and exponents are not understood. Also understood are the
/// signs U+00D7, U+00F7 and U+2212. Absence means: not such text.
std::optional<Expression> parse_expression(std::string_view text);

/// Written with no more parentheses than the tree needs.
std::string expression_text(const Expression& expression);

/// Its exact value: a decimal if it ends, else a fraction. Absence means: a division by zero.
std::optional<std::string> expression_value(const Expression& expression);

/// The numbers in it, in the order of the text.
std::vector<std::string> expression_numbers(const Expression& expression);

/// An expression worked out, operation by operation.
struct WorkedExpression {
  std::string steps;   // `3*4=12;2+12=14`
  std::string result;  // the last step's
};

/// Each step is wrong with the given chance, and carried on from. A division by zero gives 0.
WorkedExpression work_out(const Expression& expression, std::string_view separator,
                          double wrong_steps, Random& random);

/// The trace of a problem whose metadata has an "expression": worked out, operation by operation.
std::string worked_trace(const Task& task, const TaskProblem& problem, const TraceOptions& options,
                         Random& random);

/// The same in words: `3 * 4 = 12. 2 + 12 = 14. So the answer is 14.`
std::string worked_words_trace(const Task& task, const TaskProblem& problem,
                               const TraceOptions& options, Random& random);

/// Operations drawn from `operations` over `terms` numbers that `number()` draws, in a random tree.
Expression random_expression(std::int64_t terms, std::string_view operations,
                             const std::function<std::string()>& number, Random& random);

}  // namespace hone::rewards
