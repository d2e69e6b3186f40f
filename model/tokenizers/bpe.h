#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/json_fields.h"
#include "model/tokenizers/vocabulary.h"

namespace hone::model {

/// Pairs of ids and what they are joined to; a hash table without chains.
class MergeTable {
 public:
  struct Merge {
    std::uint64_t pair;
    std::int32_t rank, id;
  };
  explicit MergeTable(const std::vector<Merge>& merges);

  /// Null if the pair is not joined. The last of equal pairs counts.
  const Merge* find(std::int32_t left, std::int32_t right) const {
    const std::uint64_t pair = to_pair(left, right);
    for (auto slot = hash(pair);; ++slot) {
      const Merge& merge = slots_[slot & mask_];
      if (merge.pair == pair) return &merge;
      if (merge.pair == kFree) return nullptr;
    }
  }
  static std::uint64_t to_pair(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right);
  }

 private:
  static constexpr std::uint64_t kFree = ~std::uint64_t{0};  // ids are not negative
  static std::uint64_t hash(std::uint64_t pair) { return (pair * 0x9e3779b97f4a7c15) >> 32; }

  std::vector<Merge> slots_;
  std::uint64_t mask_ = 0;
};

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
  struct Symbol {
    std::int32_t id, previous, next;  // places in the list; -1: none
    bool joined = false;              // to the one before
  };
  void to_symbols(std::string_view word, std::vector<Symbol>& symbols) const;
  void merge(std::vector<Symbol>& symbols) const;
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
