#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hone::rewards::math {

/// What kind of text a reference answer is.
enum class GoldType {
  kLatex,   // a formula, with or without `$` or a box around it
  kNumber,  // one real number in plain text or LaTeX
  kInt,     // a whole number
  kChoice,  // a letter
  kText,    // words
  kList,    // several answers, in any order
};
constexpr std::array<std::string_view, 6> enum_names(GoldType) {
  return {"latex", "number", "int", "choice", "text", "list"};
}

/// What is wrong with a reference answer, in one line: it cannot be read as what it should be, or
/// an answer that is the same to the letter would not be accepted. Nothing: it can serve.
std::optional<std::string> lint_gold(std::string_view text, GoldType type);

}  // namespace hone::rewards::math
