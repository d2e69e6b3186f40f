#pragma once

#include <string_view>

#include "rewards/math/ast.h"
#include "rewards/math/budget.h"
#include "rewards/math/identity.h"

namespace hone::rewards::math {

struct CompareOptions {
  Precision precision;
  bool strict = true;  // variables matter by name; else by the order in which they come
  bool allow_set_relation_comp = false;  // a gold set may be answered by an inequality
};

/// What was found, and by which rule.
struct Comparison {
  Same same = Same::kNo;
  std::string_view method;
};

/// Does the prediction give the gold answer? Both as parse() made them. Not symmetric: the gold
/// says in which form the answer is wanted. Throws: Unreadable, Exhausted
Comparison compare(const Expr& gold, const Expr& prediction, const CompareOptions& options,
                   Budget& budget);

}  // namespace hone::rewards::math
