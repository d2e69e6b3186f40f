#include "tools/terminal_text.h"

#include <array>
#include <cstdint>
#include <cstdio>

#include "rewards/unicode.h"

namespace hone::tools {
namespace {

using rewards::CodePoint;

bool is_unsafe(CodePoint c) {
  const auto between = [c](CodePoint low, CodePoint high) { return c >= low && c <= high; };
  return c < 0x20 || between(0x7f, 0x9f) || between(0x200b, 0x200f) || between(0x2028, 0x202e) ||
         between(0x2060, 0x206f) || c == 0xfeff || between(0xfff9, 0xfffb) ||
         between(0xe0000, 0xe007f);
}

std::string escaped(const char* format, unsigned value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

/// One character of the text, from `at` on, as it may be shown.
std::string shown_character(std::string_view text, std::size_t& at) {
  const std::size_t from = at;
  const CodePoint c = rewards::next_code_point(text, at);
  if (c == rewards::kBroken) {
    std::string bytes;
    for (std::size_t i = from; i < at; ++i) {
      bytes += escaped("\\x%02x", static_cast<unsigned char>(text[i]));
    }
    return bytes;
  }
  if (!is_unsafe(c)) return std::string(text.substr(from, at - from));
  return escaped(c < 0x100 ? "\\x%02x" : "\\u%04x", static_cast<unsigned>(c));
}

}  // namespace

std::string terminal_text(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\n' || text[at] == '\t') {
      out += text[at++];
    } else {
      out += shown_character(text, at);
    }
  }
  return out;
}

std::string terminal_line(std::string_view text, std::size_t characters) {
  std::string out = "\"";
  std::size_t at = 0;
  for (std::size_t n = 0; at < text.size() && n < characters; ++n) {
    if (text[at] == '\n' || text[at] == '\t') {
      out += text[at++] == '\n' ? "\\n" : "\\t";
    } else {
      out += shown_character(text, at);
    }
  }
  return out + (at < text.size() ? "...\"" : "\"");
}

}  // namespace hone::tools
