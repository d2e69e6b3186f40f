#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace hone::rewards::math {

/// A formula in a text: `$..$`, `\(..\)`, `\[..\]`, `$$..$$`, ` [ .. ] `, or a bare `\frac{1}{2}`.
struct Environment {
  std::size_t begin = 0, end = 0;  // with its delimiters, and with a percent sign behind it
  std::string_view inside;
  bool percent = false;
};

/// Finds formulas from left to right, in time in proportion to the text.
class EnvironmentFinder {
 public:
  explicit EnvironmentFinder(std::string_view text) : text_(text) {}
  /// The formula that begins exactly there.
  std::optional<Environment> at(std::size_t begin);

 private:
  std::optional<Environment> delimited(std::size_t begin, std::string_view open,
                                       std::string_view close, bool one_line, std::size_t memo);
  std::optional<Environment> fraction(std::size_t begin) const;

  std::string_view text_;
  std::array<std::size_t, 4> none_before_{};  // for each kind: no closing sign before this place
};

/// Groups of formulas that "and", "or" or commas join, in their order; at most six in one.
std::vector<std::vector<Environment>> find_environments(std::string_view text);

/// How long the percent sign or word at the start of the text is, with white space before it; 0:
/// none.
std::size_t percent_sign(std::string_view text);

}  // namespace hone::rewards::math
