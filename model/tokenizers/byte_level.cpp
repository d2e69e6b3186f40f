#include "model/tokenizers/byte_level.h"

#include <array>

#include "model/utf8.h"

namespace hone::model {
namespace {

constexpr char32_t kCharacters = 0x144;  // all that stand for bytes are below

struct Tables {
  std::array<std::string, 256> character;
  std::array<int, kCharacters> byte{};
};

const Tables& tables() {
  static const Tables tables = [] {
    Tables t;
    t.byte.fill(-1);
    char32_t substitute = 0x100;
    for (int b = 0; b < 256; ++b) {
      const bool printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b != 0xad);
      const char32_t c = printable ? static_cast<char32_t>(b) : substitute++;
      append_code_point(t.character[b], c);
      t.byte[c] = b;
    }
    return t;
  }();
  return tables;
}

}  // namespace

void append_byte_level(std::string_view text, std::string& out) {
  const auto& characters = tables().character;
  for (const char c : text) out += characters[static_cast<unsigned char>(c)];
}

bool append_from_byte_level(std::string_view characters, std::string& bytes) {
  const auto& table = tables().byte;
  const std::size_t size = bytes.size();
  for (std::size_t at = 0; at < characters.size();) {
    const char32_t c = next_code_point(characters, at);
    if (c >= kCharacters || table[c] < 0) {
      bytes.resize(size);
      return false;
    }
    bytes += static_cast<char>(table[c]);
  }
  return true;
}

}  // namespace hone::model
