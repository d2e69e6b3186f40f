#include "rl/repetition.h"

#include <string>
#include <unordered_set>
#include <vector>

#include "rewards/text.h"

namespace hone::rl {
namespace {

/// Where each unit begins and ends in the text.
struct Units {
  std::string text;
  std::vector<std::size_t> begins, ends;
};

/// Words with one space between them, so that the same words are the same text.
Units words_of(std::string_view text) {
  Units units;
  for (std::size_t i = 0; i < text.size();) {
    if (rewards::is_space(text[i])) {
      ++i;
      continue;
    }
    if (!units.text.empty()) units.text += ' ';
    units.begins.push_back(units.text.size());
    while (i < text.size() && !rewards::is_space(text[i])) units.text += text[i++];
    units.ends.push_back(units.text.size());
  }
  return units;
}

/// A character begins with any byte that does not go on with another.
Units characters_of(std::string_view text) {
  Units units;
  units.text = text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool goes_on = (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
    if (goes_on && !units.begins.empty()) continue;
    if (!units.begins.empty()) units.ends.push_back(i);
    units.begins.push_back(i);
  }
  if (!units.begins.empty()) units.ends.push_back(text.size());
  return units;
}

}  // namespace

double repeated_share(std::string_view text, RepetitionUnit unit, std::int64_t n) {
  const Units units = unit == RepetitionUnit::kWord ? words_of(text) : characters_of(text);
  const auto length = static_cast<std::size_t>(n);
  if (n < 1 || units.begins.size() < length) return 0;
  const std::size_t count = units.begins.size() - length + 1;
  std::unordered_set<std::string_view> distinct;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = units.begins[i];
    distinct.insert(std::string_view(units.text).substr(begin, units.ends[i + length - 1] - begin));
  }
  return 1 - static_cast<double>(distinct.size()) / static_cast<double>(count);
}

}  // namespace hone::rl
