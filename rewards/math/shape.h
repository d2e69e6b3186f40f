#pragma once

#include <string>
#include <vector>

#include "rewards/math/ast.h"

namespace hone::rewards::math {

/// Letters only, as in A, AB, |AB|, (p, q), A : B, f(x): what a value can be given to.
bool only_symbols(const Node& node);

/// A chain of equal signs.
bool is_equation(const Node& node);
bool is_assignment(const Node& node);

/// Sets, lists, tuples, intervals.
bool is_collection(const Node& node);

/// The letters that words or a product of letters are spelt with, without spaces and punctuation.
std::string spelling(const Node& node);

/// The variables, in the order in which they come.
std::vector<std::string> symbols_of(const Expr& expr);

/// The same with variables that are called by that order.
Expr by_position(const Expr& expr);

}  // namespace hone::rewards::math
