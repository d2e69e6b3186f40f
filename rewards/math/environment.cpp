#include "rewards/math/environment.h"

#include "rewards/text.h"

namespace hone::rewards::math {
namespace {

constexpr auto kNoEnd = std::string_view::npos;

bool escaped(std::string_view text, std::size_t at) { return at > 0 && text[at - 1] == '\\'; }

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

/// Where what joins two formulas ends, or npos.
std::size_t joint(std::string_view text, std::size_t at) {
  at = skip_space(text, at);
  const bool comma = text.substr(at).starts_with(",");
  if (comma) ++at;
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("and")) {
    at += 3;
  } else if (rest.starts_with("or")) {
    at += 2;
  } else if (!comma) {
    return kNoEnd;
  } else {
    const std::size_t word = skip_space(text, at);  // ", and"
    if (text.substr(word).starts_with("and ")) at = word + 3;
    if (text.substr(word).starts_with("or ")) at = word + 2;
  }
  return skip_space(text, at);
}

}  // namespace

std::size_t percent_sign(std::string_view text) {
  const std::size_t begin = skip_space(text, 0);
  const std::string_view rest = text.substr(begin);
  for (const std::string_view sign :
       {"\\%", "%", "percentage", "percent", "Percentage", "Percent", "pct", "Pct"}) {
    if (rest.starts_with(sign)) return begin + sign.size();
  }
  return 0;
}

std::optional<Environment> EnvironmentFinder::delimited(std::size_t begin, std::string_view open,
                                                        std::string_view close, bool one_line,
                                                        std::size_t memo) {
  const std::size_t inside = begin + open.size();
  if (inside < none_before_[memo]) return std::nullopt;
  std::size_t end = text_.find(close, inside + 1);
  while (end != kNoEnd && escaped(text_, end) && close[0] == '$') end = text_.find(close, end + 1);
  const std::size_t line = one_line ? text_.find('\n', inside) : kNoEnd;
  if (end == kNoEnd || (one_line && line < end)) {
    none_before_[memo] = std::min(one_line ? line : kNoEnd, text_.size());
    return std::nullopt;
  }
  return Environment{begin, end + close.size(), text_.substr(inside, end - inside), false};
}

std::optional<Environment> EnvironmentFinder::fraction(std::size_t begin) const {
  std::size_t at = begin;
  if (text_[at] == '-') ++at;
  if (!text_.substr(at).starts_with("\\frac{")) return std::nullopt;
  at += 5;
  for (int part = 0; part < 2; ++part) {
    if (at >= text_.size() || text_[at] != '{') return std::nullopt;
    ++at;
    if (at < text_.size() && text_[at] == '-') ++at;
    std::size_t digits = 0;
    while (at < text_.size() &&
           (is_digit(text_[at]) || (digits > 0 && (text_[at] == '.' || text_[at] == ',')))) {
      ++at;
      ++digits;
    }
    if (digits == 0 || at >= text_.size() || text_[at] != '}') return std::nullopt;
    ++at;
  }
  return Environment{begin, at, text_.substr(begin, at - begin), false};
}

std::optional<Environment> EnvironmentFinder::at(std::size_t begin) {
  const std::string_view rest = text_.substr(begin);
  if (rest.empty()) return std::nullopt;
  std::optional<Environment> found;
  const bool plain = !escaped(text_, begin);
  switch (rest.front()) {
    case '$':
      if (!plain) return std::nullopt;
      if (rest.starts_with("$$")) {
        found = delimited(begin, "$$", "$$", false, 0);
      } else if (begin == 0 || !is_digit(text_[begin - 1])) {
        found = delimited(begin, "$", "$", true, 1);
      }
      break;
    case '\\':
      if (plain && rest.starts_with("\\[")) found = delimited(begin, "\\[", "\\]", false, 2);
      if (plain && rest.starts_with("\\(")) found = delimited(begin, "\\(", "\\)", true, 3);
      if (!found) found = fraction(begin);
      break;
    case '-':
      found = fraction(begin);
      break;
    case '[': {
      if (begin == 0 || !is_space(text_[begin - 1])) return std::nullopt;
      const std::size_t end = text_.find_first_of("]\n[", begin + 1);
      if (end == kNoEnd || text_[end] != ']' || end + 1 >= text_.size() ||
          !is_space(text_[end + 1]))
        return std::nullopt;
      found = Environment{begin, end + 1, text_.substr(begin + 1, end - begin - 1), false};
      break;
    }
    default:
      return std::nullopt;
  }
  if (!found || trim(found->inside).empty()) return std::nullopt;
  if (const std::size_t size = percent_sign(text_.substr(found->end)); size > 0) {
    found->percent = true;
    found->end += size;
  }
  return found;
}

std::vector<std::vector<Environment>> find_environments(std::string_view text) {
  EnvironmentFinder finder(text);
  std::vector<std::vector<Environment>> groups;
  for (std::size_t at = text.find_first_of("$\\[-"); at != kNoEnd;
       at = text.find_first_of("$\\[-", at)) {
    auto found = finder.at(at);
    if (!found) {
      ++at;
      continue;
    }
    groups.push_back({*found});
    at = found->end;
    while (groups.back().size() < 6) {
      const std::size_t next = joint(text, at);
      if (next == kNoEnd) break;
      found = finder.at(next);
      if (!found) break;
      groups.back().push_back(*found);
      at = found->end;
    }
  }
  return groups;
}

}  // namespace hone::rewards::math
