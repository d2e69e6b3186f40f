#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/sentencepiece_model.h"
#include "model/tokenizers/byte_trie.h"

namespace hone::model {

/// The pieces of a tokenizer.model by their texts, checked as sentencepiece checks them.
class SentencePieces {
 public:
  using Kind = SentencePieceModel::Kind;
  using Entry = SentencePieceModel::Entry;

  /// Throws: DataError naming a field below `place`.
  SentencePieces(const SentencePieceModel& model, const std::string& place);
  SentencePieces(const SentencePieces&) = delete;  // the texts are pointed to
  SentencePieces& operator=(const SentencePieces&) = delete;

  std::int32_t size() const { return static_cast<std::int32_t>(entries_.size()); }
  const Entry& operator[](std::int32_t id) const { return entries_[id]; }

  /// True for pieces that a text may consist of: normal, user defined or unused.
  bool is_text(std::int32_t id) const;
  /// The piece with this text that a text may consist of; -1 if there is none.
  std::int32_t text_id(std::string_view text) const;
  /// Any piece with this text, first of all one that is no part of texts; -1 if there is none.
  std::int32_t id(std::string_view text) const;
  /// The byte of a piece like <0x0A>, which is of the kind kByte.
  unsigned char byte(std::int32_t id) const;
  std::int32_t unknown() const { return unknown_; }

  /// Length of the user-defined symbol that the text begins with, and its id; 0 if there is none.
  std::size_t symbol(std::string_view text, std::int32_t& id) const;
  /// True if a user-defined symbol begins with this byte.
  bool has_symbol(char byte) const { return symbols_.begins(byte); }

  /// Adds a piece's id, or where it is -1 or not to be used, what stands for its text.
  void append(std::int32_t id, std::string_view text, std::vector<std::int32_t>& out) const;
  /// Leaves one of unknown pieces in a row.
  void join_unknown(std::vector<std::int32_t>& ids) const;

  /// False if the two characters stand side by side in no piece that texts consist of, so that
  /// what is before and what is behind may be encoded apart.
  bool may_join(char32_t left, char32_t right) const { return pairs_[pair(left, right)]; }

 private:
  static constexpr std::size_t kPairs = std::size_t{1} << 20;
  static std::size_t pair(char32_t left, char32_t right) {
    return (left * std::uint64_t{0x9e3779b97f4a7c15} + right * std::uint64_t{0xc2b2ae3d27d4eb4f}) >>
           44;
  }

  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, std::int32_t> texts_, others_;
  std::array<std::int32_t, 256> bytes_;
  bool byte_fallback_;
  std::int32_t unknown_ = -1;
  ByteTrie symbols_{{}};
  // Whether two characters may stand side by side in a piece: a bit for their hash, so that a few
  // that do not are thought to.
  std::vector<bool> pairs_;
};

}  // namespace hone::model
