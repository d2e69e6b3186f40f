#include "rewards/reflection.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace hone::rewards {
namespace {

constexpr std::array<std::string_view, 10> kReflectionWords = {
    "wait", "mistake", "however", "but", "retry", "error", "verify", "wrong", "evaluate", "check"};

char lower_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// A byte above ASCII is part of a letter of another script: "wait" in it is another word.
bool in_word(char c) {
  const char l = lower_letter(c);
  return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80U;
}

bool is_reflection(std::string_view word) {
  return std::any_of(kReflectionWords.begin(), kReflectionWords.end(), [&](std::string_view known) {
    return std::equal(word.begin(), word.end(), known.begin(), known.end(),
                      [](char a, char b) { return lower_letter(a) == b; });
  });
}

}  // namespace

std::int64_t count_reflection_words(std::string_view completion) {
  std::int64_t count = 0;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= completion.size(); ++at) {
    if (at < completion.size() && in_word(completion[at])) continue;
    count += is_reflection(completion.substr(begin, at - begin));
    begin = at + 1;
  }
  return count;
}

}  // namespace hone::rewards
