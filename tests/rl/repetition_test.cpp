#include "rl/repetition.h"

#include <catch2/catch.hpp>
#include <string>

using hone::rl::repeated_share;
using hone::rl::RepetitionUnit;

TEST_CASE("the share of word n-grams that stood before") {
  const auto words = [](std::string_view text, std::int64_t n) {
    return repeated_share(text, RepetitionUnit::kWord, n);
  };
  CHECK(words("so it is seven", 1) == 0);
  CHECK(words("a b a b", 1) == 0.5);
  CHECK(words("a b a b", 2) == Approx(1.0 / 3));  // ab ba ab
  CHECK(words("  a b\n\na\tb ", 2) == Approx(1.0 / 3));
  CHECK(words("a A", 1) == 0);
  CHECK(words("wait wait wait wait wait", 2) == 0.75);
  CHECK(words("ab c abc", 1) == 0);  // words, not letters
}

TEST_CASE("the share of character n-grams that stood before") {
  const auto characters = [](std::string_view text, std::int64_t n) {
    return repeated_share(text, RepetitionUnit::kCharacter, n);
  };
  CHECK(characters("abc", 1) == 0);
  CHECK(characters("aaaa", 1) == 0.75);
  CHECK(characters("1+1=2;1+1=2;", 6) == Approx(1.0 / 7));
  CHECK(characters("\xC3\xA9\xC3\xA9", 1) == 0.5);               // two letters of two bytes
  CHECK(characters("\xC3\xA9\xC3\xA8", 1) == 0);                 // that share their first byte
  CHECK(characters(std::string("\xA9\xA9\xFF\xFF"), 1) >= 0.0);  // no UTF-8 at all
}

TEST_CASE("a text without an n-gram repeats nothing") {
  for (const RepetitionUnit unit : {RepetitionUnit::kWord, RepetitionUnit::kCharacter}) {
    CHECK(repeated_share("", unit, 1) == 0);
    CHECK(repeated_share("a", unit, 2) == 0);
    CHECK(repeated_share("a", unit, 0) == 0);
  }
}
