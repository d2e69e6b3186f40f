#pragma once

#include <array>
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

  SentencePieceModel::Rules rules_;
  bool suffix_;
  const SentencePieces* symbols_;
  std::optional<PrecompiledCharsmap> charsmap_;
  std::string_view space_;          // what stands for a space
  std::array<bool, 256> stays_{};  // characters of one byte that nothing is done to
};

}  // namespace hone::model
