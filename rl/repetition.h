#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hone::rl {

/// What an n-gram is made of: words between white space, or UTF-8 characters.
enum class RepetitionUnit { kWord, kCharacter };
constexpr std::array<std::string_view, 2> enum_names(RepetitionUnit) {
  return {"word", "character"};
}

/// The share of a text's n-grams that stood in it before: 0 if all differ, or if it has none, and
/// towards 1 for a text that goes round in circles.
/// Source: open-r1's repetition penalty, 1 - distinct / all. Differs: upper and lower case differ.
double repeated_share(std::string_view text, RepetitionUnit unit, std::int64_t n);

}  // namespace hone::rl
