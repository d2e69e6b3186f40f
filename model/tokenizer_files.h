#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/tokenizer.h"

namespace hone::model {

/// A tokenizer's files by name, as they stand in a checkpoint folder.
using TokenizerFiles = std::map<std::string, std::string>;

/// A tokenizer out of its files: tokenizer.model decides everything but the special tokens, which
/// tokenizer_config.json may name. Saving it writes these files unchanged.
/// Throws: DataError naming a file below `place`.
std::shared_ptr<const Tokenizer> make_tokenizer(TokenizerFiles files,
                                                const std::filesystem::path& place);

/// One entry of a sentencepiece vocabulary; its place in the list is its id.
struct Piece {
  enum class Kind { kNormal, kUnknown, kControl, kSymbol };
  std::string text;
  float score = 0;  // of a BPE merge: the higher, the earlier
  Kind kind = Kind::kNormal;
};

/// A trained model as tokenizer.json: the same ids and the same text in Hugging Face's tokenizers.
/// With `merges` the pieces are joined from smaller ones (BPE), else they are single characters.
/// Source: sentencepiece's bpe_model.cc; transformers' generate_merges, which derives merges alike.
std::string tokenizer_json(const std::vector<Piece>& pieces, bool merges);

/// The tokenizer_config.json that belongs to it.
std::string tokenizer_config_json();

// The special pieces of a trained tokenizer, ids 0, 1 and 2.
inline constexpr const char* kPadPiece = "<pad>";
inline constexpr const char* kUnknownPiece = "<unk>";
inline constexpr const char* kEosPiece = "</s>";

}  // namespace hone::model
