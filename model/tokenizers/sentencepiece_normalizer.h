#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>

#include "model/sentencepiece_model.h"
#include "model/tokenizers/precompiled_charsmap.h"
#include "model/tokenizers/sentencepiece_pieces.h"

namespace hone::model {

/// What sentencepiece does to a text before it looks for pieces, or after it put them together.
/// Source: sentencepiece's normalizer.cc.
class SentencePieceNormalizer {
 public:
  /// Symbols of `symbols`, if given, are left as they are; `suffix` puts the space that begins a
  /// text behind it. Throws: DataError with `place` for a table of characters that is none.
  SentencePieceNormalizer(SentencePieceModel::Rules rules, bool suffix,
                          const SentencePieces* symbols, const std::string& place);

  /// The text of any bytes: each that is no UTF-8 becomes U+FFFD. Without `prefix` no space is put
  /// in front of it.
  std::string apply(std::string_view text, bool prefix = true) const;

 private:
  struct Step {
    std::size_t used;  // bytes of the text
    std::string_view result;
  };
  Step step(std::string_view text) const;
  bool stays(std::string_view text, std::size_t at) const {
    const auto first = static_cast<unsigned char>(text[at]);
    const auto next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0;
    return first < 0x80 && stays_[first << 8 | next];
  }

  SentencePieceModel::Rules rules_;
  bool suffix_;
  const SentencePieces* symbols_;
  std::optional<PrecompiledCharsmap> charsmap_;
  std::string_view space_;  // what stands for a space
  // Whether a character of one byte begins with no rule or symbol, by the byte behind it; of the
  // last character that byte is 0.
  std::bitset<0x80 * 0x100> stays_;
};

}  // namespace hone::model
