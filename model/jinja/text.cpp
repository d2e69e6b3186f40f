#include "model/jinja/text.h"

#include <unicode/ucasemap.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdio>

#include "model/jinja/value.h"
#include "model/utf8.h"

namespace hone::model::jinja {
namespace {

constexpr std::size_t kMaxText = std::size_t{16} << 20;

bool is_space(UChar32 c) {
  return (c >= 9 && c <= 13) || (c >= 28 && c <= 32) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

using CaseFunction = std::int32_t (*)(const UCaseMap*, char*, std::int32_t, const char*,
                                      std::int32_t, UErrorCode*);

std::string map_case(std::string_view text, CaseFunction function) {
  UErrorCode error = U_ZERO_ERROR;
  UCaseMap* map = ucasemap_open("", 0, &error);
  std::string result(text.size() * 3 + 16, '\0');  // a letter grows to three at most
  const std::int32_t size = function(map, result.data(), static_cast<std::int32_t>(result.size()),
                                     text.data(), static_cast<std::int32_t>(text.size()), &error);
  ucasemap_close(map);
  if (U_FAILURE(error)) throw Failure(std::string("letter case: ") + u_errorName(error));
  result.resize(static_cast<std::size_t>(size));
  return result;
}

std::string title_case(UChar32 c) {
  std::uint8_t bytes[4];
  std::int32_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, u_totitle(c));
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

void split_at_space(std::string_view text, std::int64_t most, std::vector<std::string>& parts) {
  std::string_view rest = text;
  while (true) {
    std::size_t begin = 0;
    for (std::size_t at = 0; at < rest.size() && space_at(rest, at);) begin = at;
    rest.remove_prefix(begin);
    if (rest.empty()) return;
    if (most >= 0 && static_cast<std::int64_t>(parts.size()) == most) {
      parts.emplace_back(rest);
      return;
    }
    std::size_t end = 0;
    for (std::size_t at = 0; at < rest.size() && !space_at(rest, at);) end = at;
    parts.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
}

}  // namespace

std::int64_t length_of(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

std::vector<std::size_t> code_points(std::string_view text) {
  std::vector<std::size_t> begins;
  for (std::size_t at = 0; at < text.size(); next_checked(text, at)) begins.push_back(at);
  begins.push_back(text.size());
  return begins;
}

bool space_at(std::string_view text, std::size_t& at) { return is_space(next_checked(text, at)); }

std::string strip(std::string_view text, std::optional<std::string_view> characters, bool left,
                  bool right) {
  const auto begins = code_points(text);
  const auto drop = [&](std::size_t i) {
    const std::string_view c = text.substr(begins[i], begins[i + 1] - begins[i]);
    std::size_t at = 0;
    return characters ? characters->find(c) != std::string_view::npos : space_at(c, at);
  };
  std::size_t first = 0;
  std::size_t last = begins.size() - 1;
  while (left && first < last && drop(first)) ++first;
  while (right && first < last && drop(last - 1)) --last;
  return std::string(text.substr(begins[first], begins[last] - begins[first]));
}

std::vector<std::string> split(std::string_view text, std::optional<std::string_view> separator,
                               std::int64_t most, bool from_right) {
  std::vector<std::string> parts;
  if (!separator) {
    if (from_right && most >= 0) throw Failure("rsplit() at white space with a limit");
    split_at_space(text, most, parts);
    return parts;
  }
  if (separator->empty()) throw Failure("an empty separator");
  const auto limit = [&] { return most >= 0 && static_cast<std::int64_t>(parts.size()) >= most; };
  if (from_right) {
    for (auto at = text.rfind(*separator); at != std::string_view::npos && !limit();
         at = text.rfind(*separator)) {
      parts.emplace_back(text.substr(at + separator->size()));
      text = text.substr(0, at);
    }
    parts.emplace_back(text);
    std::reverse(parts.begin(), parts.end());
    return parts;
  }
  for (auto at = text.find(*separator); at != std::string_view::npos && !limit();
       at = text.find(*separator)) {
    parts.emplace_back(text.substr(0, at));
    text.remove_prefix(at + separator->size());
  }
  parts.emplace_back(text);
  return parts;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = at;
    const UChar32 c = next_checked(text, at);
    const bool ends =
        (c >= 10 && c <= 13) || (c >= 28 && c <= 30) || c == 0x85 || c == 0x2028 || c == 0x2029;
    if (!ends) continue;
    if (c == '\r' && at < text.size() && text[at] == '\n') ++at;
    lines.emplace_back(text.substr(begin, end - begin));
    begin = at;
  }
  if (begin < text.size()) lines.emplace_back(text.substr(begin));
  return lines;
}

std::string replace(std::string_view text, std::string_view from, std::string_view to,
                    std::int64_t most) {
  std::string result;
  std::int64_t done = 0;
  std::size_t at = 0;
  while (most < 0 || done < most) {
    std::size_t found = text.find(from, at);
    if (found == std::string_view::npos) break;
    append(result, text.substr(at, found - at));
    append(result, to);
    ++done;
    at = found + from.size();
    if (!from.empty()) continue;
    if (at == text.size()) return result;
    next_checked(text, at);  // an empty text stands between any two characters
    append(result, text.substr(found, at - found));
  }
  append(result, text.substr(at));
  return result;
}

std::string upper(std::string_view text) { return map_case(text, ucasemap_utf8ToUpper); }
std::string lower(std::string_view text) { return map_case(text, ucasemap_utf8ToLower); }

std::string capitalize(std::string_view text) {
  if (text.empty()) return "";
  std::size_t at = 0;
  const UChar32 first = next_checked(text, at);
  return title_case(first) + lower(text.substr(at));
}

std::string title(std::string_view text) {
  std::string result;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const UChar32 c = next_checked(text, at);
    append(result, inside ? lower(text.substr(begin, at - begin)) : title_case(c));
    inside = u_hasBinaryProperty(c, UCHAR_CASED) != 0;
  }
  return result;
}

std::string repr_of(std::string_view text) {
  const bool single = text.find('\'') == std::string_view::npos;
  const char quote = single || text.find('"') != std::string_view::npos ? '\'' : '"';
  std::string result(1, quote);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const UChar32 c = next_checked(text, at);
    const auto type = U_MASK(u_charType(c));
    if (c == quote || c == '\\') {
      result += '\\';
      result += static_cast<char>(c);
    } else if (c == '\n' || c == '\r' || c == '\t') {
      result += c == '\n' ? "\\n" : (c == '\r' ? "\\r" : "\\t");
    } else if (c != ' ' && (type & (U_GC_C_MASK | U_GC_Z_MASK)) != 0) {
      char escape[16];
      std::snprintf(escape, sizeof escape,
                    c < 0x100     ? "\\x%02x"
                    : c < 0x10000 ? "\\u%04x"
                                  : "\\U%08x",
                    static_cast<unsigned>(c));
      result += escape;
    } else {
      append(result, text.substr(begin, at - begin));
    }
  }
  return result + quote;
}

void append(std::string& text, std::string_view more) {
  if (text.size() + more.size() > kMaxText) {
    throw Failure("a text of more than " + std::to_string(kMaxText >> 20) + " MiB");
  }
  text += more;
}

}  // namespace hone::model::jinja
