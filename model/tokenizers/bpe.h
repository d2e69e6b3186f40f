#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/json_fields.h"
#include "model/tokenizers/merge_table.h"
#include "model/tokenizers/vocabulary.h"

namespace hone::model {

/// Two pieces that are joined, and their place in the list of merges.
struct MergePair {
  std::string left, right;
  std::size_t place;
};
/// The merges of the object "model" of a tokenizer.json: pairs of pieces, or in older files texts
/// with a space between them. Throws: DataError naming the field.
std::vector<MergePair> merge_pairs(const Fields& model);

/// Byte pair encoding: a word starts as characters, and the neighbours whose pair stands first in
/// the list of merges are joined until none is left.
/// Source: tokenizers' models/bpe, down to the order in which equal pairs are joined.
class Bpe {
 public:
  /// From the object "model" of a tokenizer.json. Throws: DataError naming a field.
  explicit Bpe(const Fields& fields);

  const Vocabulary& vocabulary() const { return vocabulary_; }
  /// Adds the ids of a word, which is valid UTF-8.
  void encode(std::string_view word, std::vector<std::int32_t>& out) const;
  /// Bytes of the word, which is not empty, up to the first place that no merge can reach across:
  /// what stands before and behind it may be encoded apart.
  std::size_t part(std::string_view word) const;

 private:
  void to_symbols(std::string_view word, Symbols& symbols) const;
  std::int32_t symbol_id(std::string_view character, char32_t c, bool first, bool last) const;

  Vocabulary vocabulary_;
  std::string prefix_, suffix_;  // of characters inside a word, of a word's last
  MergeTable merges_;
  MergeTable neighbours_;                 // the characters on both sides of where a merge joins
  std::vector<std::int32_t> characters_;  // the id of a character by code point; -1: none
  std::int32_t unknown_ = -1;
  bool fuse_unknown_, byte_fallback_, ignore_merges_;
};

}  // namespace hone::model
