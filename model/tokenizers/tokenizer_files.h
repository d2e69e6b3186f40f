#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/tokenizer.h"

namespace hone::model {

class Fields;

inline constexpr const char* kTokenizerModel = "tokenizer.model";
inline constexpr const char* kTokenizerJson = "tokenizer.json";
inline constexpr const char* kTokenizerConfig = "tokenizer_config.json";

/// What a checkpoint folder may hold of its tokenizer, whether or not it can be read here.
inline constexpr std::array kTokenizerFiles = {kTokenizerModel,
                                               kTokenizerConfig,
                                               kTokenizerJson,
                                               "vocab.json",
                                               "merges.txt",
                                               "added_tokens.json",
                                               "special_tokens_map.json",
                                               "chat_template.jinja"};

/// A tokenizer's files by name, as they stand in a checkpoint folder.
using TokenizerFiles = std::map<std::string, std::string>;

/// A tokenizer out of its files, by load_tokenizer()'s rule. Saving it writes them unchanged.
/// Throws: DataError naming a file below `place`.
std::shared_ptr<const Tokenizer> make_tokenizer(TokenizerFiles files,
                                                const std::filesystem::path& place);

/// The text of a special token such as "eos_token" in tokenizer_config.json: a string, or an object
/// that has it as "content". None if the file does not name it.
std::optional<std::string> special_token(const Fields& config, const char* key);

/// A tokenizer out of tokenizer.model: it decides everything but the special tokens, which
/// tokenizer_config.json may name.
/// Throws: DataError naming a file below `place`.
std::shared_ptr<const Tokenizer> make_sentencepiece_tokenizer(TokenizerFiles files,
                                                              const std::filesystem::path& place);

/// A tokenizer out of tokenizer.json: the ids and texts of Hugging Face's tokenizers, as
/// Tokenizer.encode and Tokenizer.decode(skip_special_tokens=False) give them there.
/// Differs: its settings for padding and truncation are left aside, as transformers does; bytes
/// that are no UTF-8 are read as U+FFFD.
/// Throws: DataError naming a file below `place`.
std::shared_ptr<const Tokenizer> make_json_tokenizer(TokenizerFiles files,
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
