#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hone::model {

/// The pieces of a tokenizer's model, by id and by text.
class Vocabulary {
 public:
  /// Pieces in the order of their ids; an id without a piece is skipped. Of equal pieces the last
  /// one counts.
  explicit Vocabulary(std::vector<std::optional<std::string>> pieces);
  Vocabulary(const Vocabulary&) = delete;  // the texts are pointed to
  Vocabulary& operator=(const Vocabulary&) = delete;

  std::optional<std::int32_t> id(std::string_view piece) const;
  /// Null for an id without a piece.
  const std::string* piece(std::int32_t id) const;
  /// All ids are below.
  std::int64_t end() const { return static_cast<std::int64_t>(pieces_.size()); }
  /// Number of ids with a piece.
  std::int64_t size() const { return count_; }

  /// Adds the ids of <0x00> to <0xFF> for the text's bytes; false, and nothing, if one is missing.
  bool append_bytes(std::string_view text, std::vector<std::int32_t>& ids) const;

 private:
  std::vector<std::optional<std::string>> pieces_;
  std::int64_t count_ = 0;
  std::unordered_map<std::string_view, std::int32_t> ids_;
  std::vector<std::int32_t> byte_ids_;  // -1: no such piece
};

}  // namespace hone::model
