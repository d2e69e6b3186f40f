#pragma once

#include "rewards/math/ast.h"
#include "rewards/math/budget.h"

namespace hone::rewards::math {

enum class Same { kNo, kYes, kUnknown };

/// How exactly numbers are compared.
struct Precision {
  int float_rounding = 6;      // places after the point, where one side is a decimal number
  int numeric_precision = 15;  // digits that must agree, where decimals stand in the expression
};

/// Have two canonical expressions the same value wherever both have one? Exact for rational
/// numbers. Else both are evaluated at points that depend only on the expressions, with a bound on
/// the error: one clear difference decides, and what agrees must agree to 30 digits. That is no
/// proof, but two expressions that differ agree at random points with a chance of nil.
Same same_value(const Expr& a, const Expr& b, const Precision& precision, Budget& budget);

/// Is one expression a constant multiple of the other, and the constant positive where `positive`?
/// The sides' differences of two equations that say the same are.
Same same_up_to_scale(const Expr& a, const Expr& b, bool positive, Budget& budget);

/// The value of a constant real expression, or nothing.
std::optional<double> real_value(const Node& node, Budget& budget);

}  // namespace hone::rewards::math
