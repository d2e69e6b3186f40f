#pragma once

#include <string_view>

#include "rewards/math/ast.h"
#include "rewards/math/budget.h"

namespace hone::rewards::math {

/// Reads one formula of LaTeX, or of plain text as people type it. Commas, semicolons, "and" and
/// "or" at the top make a list. Throws: Unreadable, Exhausted
Expr parse(std::string_view text, Budget& budget);

}  // namespace hone::rewards::math
