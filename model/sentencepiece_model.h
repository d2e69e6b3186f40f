#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hone::model {

/// What a tokenizer.model says that sentencepiece's processor does not give out.
struct SentencePieceModel {
  enum class Algorithm { kUnigram = 1, kBpe = 2, kWord = 3, kChar = 4 };
  /// As in sentencepiece_model.proto, and as llama.cpp numbers them.
  enum class Kind {
    kNormal = 1,
    kUnknown = 2,
    kControl = 3,
    kUserDefined = 4,
    kUnused = 5,
    kByte = 6
  };
  struct Entry {
    std::string text;
    float score = 0;
    Kind kind = Kind::kNormal;
  };
  std::vector<Entry> pieces;
  Algorithm algorithm = Algorithm::kUnigram;
  bool normalizes = false;  // it holds a table of characters that are replaced
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
};

/// Reads the fields above out of a model's bytes.
/// Throws: DataError with `place` for bytes that are no such message.
/// Source: sentencepiece's sentencepiece_model.proto; protobuf's wire format.
SentencePieceModel parse_sentencepiece(std::string_view bytes, const std::string& place);

}  // namespace hone::model
