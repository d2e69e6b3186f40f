#include "model/utf8.h"

#include <unicode/utf8.h>

#include <algorithm>

namespace hone::model {

std::int32_t next_checked(std::string_view text, std::size_t& at) {
  // ICU counts in 32 bits; no character has more than four bytes.
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data() + at);
  const auto size = static_cast<std::int32_t>(std::min<std::size_t>(text.size() - at, 4));
  std::int32_t used = 0;
  UChar32 c = 0;
  U8_NEXT(bytes, used, size, c);
  at += static_cast<std::size_t>(used);
  return c;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
    } else if (next_checked(text, at) < 0) {
      return false;
    }
  }
  return true;
}

std::string to_utf8(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  std::string text;
  text.reserve(bytes.size() + 16);
  for (std::size_t at = 0; at < bytes.size();) {
    const UChar32 c = next_checked(bytes, at);
    append_code_point(text, c < 0 ? 0xfffd : static_cast<char32_t>(c));
  }
  return text;
}

}  // namespace hone::model
