#pragma once

#include "rewards/math/ast.h"
#include "rewards/math/budget.h"

namespace hone::rewards::math {

/// One form for much of what is equal: sums and products flat and in one order, everything rational
/// that is not too long worked out, matrices multiplied. What stands for itself in a list, a set or
/// a relation keeps its percent sign and its unit; inside a sum they become factors.
/// Throws: Unreadable for a division by zero, Exhausted
Expr canonical(const Expr& expr, Budget& budget);

/// The same with every \pm written out: the readings with the upper and the lower signs, or just
/// the expression where there is none. Lists and sets hold both in the place of the one.
std::vector<Expr> signs_expanded(const Expr& expr, Budget& budget);

/// A function of exact arguments, where its value is rational and short; else null.
Expr fold_function(const std::string& name, const std::vector<Expr>& args, Budget& budget);

/// Sums, products and powers of matrices; null where there is no matrix among the arguments or they
/// do not fit.
Expr fold_matrices(const Node& node, Budget& budget);

}  // namespace hone::rewards::math
