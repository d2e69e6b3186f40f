#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rewards/math/ast.h"
#include "rewards/math/budget.h"

namespace hone::rewards::math {

/// What is looked for, and how soon.
struct LocateOptions {
  bool latex = true;             // formulas and boxes
  bool expr = true;              // plain numbers
  bool string = false;           // choice letters
  int boxed_match_priority = 0;  // 0 before all else, 50 with "final answer is", -1 never
};

/// An answer in a text.
struct Located {
  std::string text;      // as it stands there
  Expr expr;             // null if it could not be read
  const char* why = "";  // it could not be read
};

/// Finds the answer: of the boxes the last, which must be closed, with those that are joined to it;
/// else what follows "final answer is", "answer:" or "answer", else the last formula or number.
/// What cannot be read is passed over. Absence: nothing that could be an answer, or, as `problem`
/// says, a last box that is never closed. Source: Math-Verify 0.9, the regular expressions of
/// parser.py and their priorities. Differs: an unterminated box is no answer.
std::optional<Located> locate(std::string_view text, const LocateOptions& options, Budget& budget,
                              std::string_view& problem);

/// Reads a formula as an answer; what has more than two `=` and cannot be read is read from the
/// last.
Located read_formula(std::string_view text, Budget& budget);

}  // namespace hone::rewards::math
