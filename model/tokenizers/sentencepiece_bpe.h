#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "model/tokenizers/merge_table.h"
#include "model/tokenizers/sentencepiece_pieces.h"

namespace hone::model {

/// sentencepiece's byte pair encoding: of neighbours that make a piece together, those whose piece
/// has the highest score are joined, however that piece is split. User-defined symbols are found
/// first and joined with nothing.
/// Source: sentencepiece's bpe_model.cc, and its char_model.cc, which joins nothing.
class SentencePieceBpe {
 public:
  /// The pieces have to outlive it. Without `merges` every character is a piece.
  SentencePieceBpe(const SentencePieces& pieces, bool merges);

  /// Adds the ids of a normalized text, with every unknown character by itself.
  void encode(std::string_view text, std::vector<std::int32_t>& out) const;

 private:
  // A symbol is a piece by its id, or above those: what is in no piece, a character that is in some
  // but no piece itself, or a user-defined symbol that was found in the text.
  struct Part {
    std::size_t size;
    std::int32_t symbol;  // that the part consists of; -1: of several
  };
  using Splits = std::vector<std::pair<std::int32_t, std::int32_t>>;

  void read_characters();
  std::vector<MergeTable::Merge> read_merges() const;
  std::int32_t symbol_of(std::string_view text) const;
  std::int32_t next_symbol(std::string_view text, std::size_t& at) const;
  Part part(std::string_view text) const;
  void encode_part(std::string_view part, std::vector<std::int32_t>& out) const;
  void append(std::int32_t symbol, std::string_view text, const Splits& splits, int depth,
              std::vector<std::int32_t>& out) const;

  const SentencePieces& pieces_;
  std::vector<std::int32_t> characters_;  // symbols by code point
  std::int32_t found_ = 0;                // of a symbol found in the text: this plus its id
  bool has_unused_ = false;
  MergeTable merges_{{}};
};

}  // namespace hone::model
