#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hone::model {

/// How a tokenizer is trained when a recipe starts from random weights.
struct TokenizerConfig {
  std::string type = "char";    // "char" or "bpe"
  std::int64_t vocab_size = 0;  // for bpe; a char model takes what it needs
  std::vector<std::string> symbols = {"<think>", "</think>", "<answer>", "</answer>"};

  template <class V>
  void fields(V& v) {
    v("type", type, "char or bpe");
    v("vocab_size", vocab_size, "pieces of a bpe model; 0 for char", 0, 1000000);
    v("symbols", symbols, "strings that are always one token");
  }
};

/// Text to token ids and back. It ships inside the checkpoint folder. Immutable, thread-safe.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  /// Ids of the text. With add_special, the special tokens that the tokenizer's own post-processor
  /// says (a bare tokenizer.model adds none). Any byte string is accepted.
  virtual std::vector<std::int32_t> encode(std::string_view text, bool add_special) const = 0;
  /// Ids of a text that a chat template made. None are added: special tokens are those that are
  /// spelt out in it, even where they are only text in others (tokenizer.model).
  virtual std::vector<std::int32_t> encode_chat(std::string_view text) const {
    return encode(text, false);
  }
  /// Ids of a prompt, which a chat template made or which is plain text.
  std::vector<std::int32_t> encode_prompt(std::string_view text, bool chat) const {
    return chat ? encode_chat(text) : encode(text, true);
  }
  /// Text of the ids, special tokens written out. Throws: DataError for an id outside the
  /// vocabulary.
  virtual std::string decode(const std::vector<std::int32_t>& ids) const = 0;
  /// Number of ids: all are below this.
  std::int64_t vocab_size() const { return vocab_size_; }
  std::int32_t eos_id() const { return eos_; }  // -1: none
  std::int32_t bos_id() const { return bos_; }  // -1: none
  std::int32_t pad_id() const { return pad_; }  // -1: none
  /// Writes the tokenizer's files into a checkpoint folder, unchanged: tokenizer.model,
  /// tokenizer.json, tokenizer_config.json and what else came with them.
  void save(const std::filesystem::path& folder) const;

 protected:
  explicit Tokenizer(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  /// Throws: DataError for an id outside the vocabulary.
  void check_id(std::int32_t id) const;

  std::map<std::string, std::string> files_;  // by name
  std::int64_t vocab_size_ = 0;
  std::int32_t bos_ = -1, eos_ = -1, pad_ = -1;
};

/// Text of tokens that a model drew. Ids past the vocabulary, for which padded models have rows,
/// are left out, as Hugging Face's tokenizers does.
std::string decode_drawn(const Tokenizer& tokenizer, std::vector<std::int32_t> ids);

/// The tokenizer of a model: tokenizer.json or tokenizer.model of a folder, or what a GGUF file
/// says, read as a tokenizer.json. Where a folder has both files tokenizer.json counts, as in
/// transformers, unless tokenizer_config.json says split_special_tokens, as
/// train_tokenizer() writes it: only tokenizer.model has that in its rules.
/// Throws: DataError if there is none or it is damaged.
std::shared_ptr<const Tokenizer> load_tokenizer(const std::filesystem::path& model);

/// True if the model holds a tokenizer that load_tokenizer would try.
bool has_tokenizer(const std::filesystem::path& model);

/// Trains a tokenizer on these texts. The same texts give the same pieces in the same order. Ids 0,
/// 1 and 2 are <pad>, <unk> and </s>, then come the symbols; there is no beginning-of-text token.
/// Text never encodes to <pad> or </s>, even if it spells them. Hugging Face's AutoTokenizer loads
/// what save() writes, with the same ids; but beside a qwen2 config.json transformers 5 replaces
/// any tokenizer by Qwen2's, so that PreTrainedTokenizerFast has to be asked for by name there.
/// Throws: DataError for settings or texts that no tokenizer can be made of.
std::shared_ptr<const Tokenizer> train_tokenizer(const TokenizerConfig& config,
                                                 const std::vector<std::string>& texts);

}  // namespace hone::model
