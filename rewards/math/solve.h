#pragma once

#include "rewards/math/ast.h"
#include "rewards/math/budget.h"
#include "rewards/math/identity.h"

namespace hone::rewards::math {

/// One piece of a set of real numbers: an interval, or a point where both ends are the same.
struct Piece {
  Expr low, high;
  bool low_open = false, high_open = false;
};

/// The numbers for which an inequality holds, or a list of them: `1 < x`, `1 < |x| <= 2`, `x < 1 or
/// x > 3`. Null where it is not of that simple kind.
Expr solution_set(const Expr& relation, Budget& budget);

/// A set of real numbers as its pieces, from low to high, none touching the next: unions, cuts and
/// differences are worked out. Absence: not a set of real numbers whose ends can be compared.
std::optional<std::vector<Piece>> real_pieces(const Expr& set, Budget& budget);

}  // namespace hone::rewards::math
