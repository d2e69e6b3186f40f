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
  /// From a tokenizer.model's bytes, or tokenizer.json's base64 of them.
  /// Throws: DataError naming `place`.
  PrecompiledCharsmap(std::string_view bytes, const std::string& place);
  static PrecompiledCharsmap from_base64(const std::string& base64, const std::string& place);

  struct Rule {
    std::size_t length;  // of what is replaced
    std::string_view replacement;
  };
  /// The longest rule that the text begins with, which is sentencepiece's way.
  std::optional<Rule> longest(std::string_view text) const;
  /// False if no rule is `first` by itself or begins with `first` and `next`.
  bool may_begin(char first, char next) const;

  /// The normalized text.
  /// Source: tokenizers' normalizers/precompiled.rs. A grapheme cluster below 6 bytes is replaced
  /// as a whole by what the shortest rule that it begins with says; others go character by
  /// character.
  std::string apply(std::string_view text) const;

 private:
  /// Calls f(length, place of the replacement) for every rule that the text begins with, shortest
  /// first, while it returns true.
  template <class F>
  void rules(std::string_view text, const F& f) const;
  std::optional<std::string_view> text_at(std::size_t start) const;
  std::optional<std::string_view> replacement(std::string_view part) const;
  void apply_cluster(std::string_view cluster, std::string& out) const;

  std::vector<std::uint32_t> trie_;
  std::string replacements_;
};

}  // namespace hone::model
