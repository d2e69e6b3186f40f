#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hone::model {

/// The code point at `at` of valid UTF-8, which moves past it.
inline char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const char32_t first = byte(0);
  if (first < 0x80) {
    ++at;
    return first;
  }
  if (first < 0xe0) {
    const char32_t c = (first & 0x1f) << 6 | (byte(1) & 0x3f);
    at += 2;
    return c;
  }
  if (first < 0xf0) {
    const char32_t c = (first & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    at += 3;
    return c;
  }
  const char32_t c =
      (first & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
  at += 4;
  return c;
}

/// True if a code point starts here: the end counts as a start.
inline bool is_boundary(std::string_view text, std::size_t at) {
  return at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
}

/// Start of the code point that ends at `at`, which is not 0.
inline std::size_t previous_start(std::string_view text, std::size_t at) {
  do --at;
  while (!is_boundary(text, at));
  return at;
}

inline void append_code_point(std::string& text, char32_t c) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

/// The code point at `at`, negative for bytes that are no UTF-8; moves past it.
std::int32_t next_checked(std::string_view text, std::size_t& at);

/// True if the bytes are UTF-8.
bool is_utf8(std::string_view text);

/// The text with U+FFFD in place of what is not UTF-8: one for each longest beginning of a
/// character that is broken off, as Python and Rust put it.
std::string to_utf8(std::string_view bytes);

}  // namespace hone::model
