#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/tokenizers/byte_trie.h"
#include "model/tokenizers/sentencepiece_pieces.h"

namespace hone::model {

/// sentencepiece's unigram language model: a text is cut into the pieces whose scores have the
/// highest sum, in numbers of 32 bits that are added up from the beginning of the text on.
/// Source: sentencepiece's unigram_model.cc, EncodeOptimized: of equal sums the first one found.
class SentencePieceUnigram {
 public:
  /// The pieces have to outlive it. Throws: DataError naming a field below `place` where scores are
  /// no numbers.
  SentencePieceUnigram(const SentencePieces& pieces, const std::string& place);

  /// Adds the ids of a normalized text, with every unknown character by itself.
  void encode(std::string_view text, std::vector<std::int32_t>& out) const;

 private:
  struct Chosen {
    std::int32_t id = -1;    // -1: unknown
    std::uint32_t size = 0;  // of its text
    float score = 0;
  };

  std::size_t part(std::string_view text) const;
  template <class F>
  void candidates(std::string_view text, std::size_t begin, const F& f) const;
  float cut_exactly(std::string_view part, float sum, std::vector<Chosen>& chosen) const;
  double cut_by_margin(std::string_view part, std::vector<Chosen>& chosen) const;
  static void follow(std::span<const Chosen> last, std::vector<Chosen>& chosen);

  const SentencePieces& pieces_;
  ByteTrie trie_;
  std::vector<float> scores_;
  float unknown_score_;
  double largest_;  // of all scores' magnitudes
};

}  // namespace hone::model
