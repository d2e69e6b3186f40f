#pragma once

#include <cstddef>
#include <string_view>

namespace hone::rewards {

/// Where the brace that was opened just before `begin` is closed, or npos. `\{` and `\}` are text.
inline std::size_t closing_brace(std::string_view text, std::size_t begin) {
  std::size_t depth = 1;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '{') {
      ++depth;
    } else if (text[i] == '}' && --depth == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace hone::rewards
