#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "model/json_fields.h"
#include "model/tokenizers/normalizer.h"
#include "model/tokenizers/regex.h"

namespace hone::model {

/// A text in pieces, none of them empty: the model is given one at a time.
struct PreTokenized {
  struct Piece {
    std::size_t begin, end;
    bool at_start;  // as in NormalizedText
  };
  std::string text;
  std::vector<Piece> pieces;
  Regex::Scratch scratch;

  std::string_view at(const Piece& piece) const {
    return std::string_view(text).substr(piece.begin, piece.end - piece.begin);
  }
};

/// The pre-tokenizer of a tokenizer.json: where a text is cut before the model sees it.
class PreTokenizer {
 public:
  /// From the field "pre_tokenizer" of the file; none cuts nowhere.
  /// Throws: DataError naming a field that is wrong or not supported.
  explicit PreTokenizer(const Fields& file);

  void apply(NormalizedText text, PreTokenized& out) const;

 private:
  using Step = std::function<void(PreTokenized&)>;
  void add(const Fields& fields, int depth);

  std::vector<Step> steps_;
};

}  // namespace hone::model
