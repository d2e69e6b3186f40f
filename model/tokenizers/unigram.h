#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/json_fields.h"
#include "model/tokenizers/byte_trie.h"
#include "model/tokenizers/vocabulary.h"

namespace hone::model {

/// A unigram language model: a word is cut into the pieces whose scores have the highest sum.
/// Source: tokenizers' models/unigram, Viterbi's way: of equal sums the first one found.
class Unigram {
 public:
  /// From the object "model" of a tokenizer.json. Throws: DataError naming a field.
  explicit Unigram(const Fields& fields);

  const Vocabulary& vocabulary() const { return vocabulary_; }
  /// Adds the ids of a word, which is valid UTF-8.
  void encode(std::string_view word, std::vector<std::int32_t>& out) const;
  /// As in Bpe: nothing is known to be apart.
  std::size_t part(std::string_view word) const { return word.size(); }

 private:
  struct Scores;
  Unigram(const Fields& fields, Scores scores);
  void add_unknown(std::string_view text, std::vector<std::int32_t>& out) const;

  Vocabulary vocabulary_;
  std::vector<double> scores_;
  ByteTrie trie_;
  std::int32_t unknown_;
  double unknown_score_;
  bool byte_fallback_;
};

}  // namespace hone::model
