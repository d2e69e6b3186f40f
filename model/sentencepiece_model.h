#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hone::model {

/// A tokenizer.model: sentencepiece's pieces and what is done to a text before they are looked for.
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
  /// A NormalizerSpec.
  struct Rules {
    std::string charsmap;  // characters that are replaced, as sentencepiece compiles them
    bool add_dummy_prefix = true;
    bool remove_extra_whitespaces = true;
    bool escape_whitespaces = true;
  };
  std::vector<Entry> pieces;
  Algorithm algorithm = Algorithm::kUnigram;
  bool treat_whitespace_as_suffix = false;
  bool byte_fallback = false;
  std::string unknown_surface = " \u2047 ";  // what an unknown piece is decoded to
  std::string bos_piece = "<s>", eos_piece = "</s>", pad_piece = "<pad>";
  Rules normalizer, denormalizer;
};

/// Reads the fields above out of a model's bytes.
/// Throws: DataError with `place` and a field for bytes that are no such message.
/// Source: sentencepiece's sentencepiece_model.proto; protobuf's wire format.
SentencePieceModel parse_sentencepiece(std::string_view bytes, const std::string& place);

}  // namespace hone::model
