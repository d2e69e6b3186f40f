#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hone::rewards::math {

/// A number or a sum of numbers in plain text.
struct PlainNumber {
  std::size_t begin = 0, end = 0;
  std::string text;  // what parse() understands: no thousands, a decimal point
  bool percent = false;
};

/// Numbers after white space, `=` or a currency sign, from left to right: `1,234.5`, `1 234`,
/// `2,74`,
/// `.5`, `-3`, `2/3`, `3*(4+5)`. An expression is followed by the numbers in it, in case it cannot
/// be read. Takes time in proportion to the text.
std::vector<PlainNumber> find_numbers(std::string_view text);

/// A text that is one such number from end to end; empty where it is not.
std::string normal_number(std::string_view text);

}  // namespace hone::rewards::math
