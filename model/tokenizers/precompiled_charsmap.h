#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hone::model {

/// sentencepiece's normalization rules as they stand in a model: a double-array trie from strings
/// to places in a text of replacements.
class PrecompiledCharsmap {
 public:
  /// From tokenizer.json's base64. Throws: DataError naming `place`.
  PrecompiledCharsmap(const std::string& base64, const std::string& place);

  /// The normalized text.
  /// Source: tokenizers' normalizers/precompiled.rs. A grapheme cluster below 6 bytes is replaced
  /// as a whole by what the shortest rule that it begins with says; others go character by
  /// character.
  std::string apply(std::string_view text) const;

 private:
  std::optional<std::string_view> replacement(std::string_view part) const;
  void apply_cluster(std::string_view cluster, std::string& out) const;

  std::vector<std::uint32_t> trie_;
  std::string replacements_;
};

}  // namespace hone::model
