#include <sentencepiece_processor.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "model/error.h"
#include "model/file_io.h"
#include "model/json_fields.h"
#include "model/tokenizers/tokenizer_files.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;

class SentencePieceTokenizer final : public Tokenizer {
 public:
  SentencePieceTokenizer(TokenizerFiles files, const fs::path& place) : files_(std::move(files)) {
    const auto status = processor_.LoadFromSerializedProto(files_.at(kTokenizerModel));
    const fs::path model = place / kTokenizerModel;
    if (!status.ok()) {
      throw DataError(model.string(), "a sentencepiece model", status.ToString());
    }
    if (processor_.GetPieceSize() == 0) throw DataError(model.string(), "has no pieces");
    bos_ = processor_.bos_id();
    eos_ = processor_.eos_id();
    pad_ = processor_.pad_id();
    if (files_.contains(kTokenizerConfig)) {
      read_special(Fields::parse(files_.at(kTokenizerConfig), place / kTokenizerConfig));
    }
  }

  std::vector<std::int32_t> encode(std::string_view text, bool add_special) const override {
    std::vector<int> ids;
    const auto status = processor_.Encode(text, &ids);
    if (!status.ok()) throw std::runtime_error("sentencepiece: " + status.ToString());
    if (add_special && add_bos_) ids.insert(ids.begin(), bos_);
    if (add_special && add_eos_) ids.push_back(eos_);
    return ids;
  }

  std::string decode(const std::vector<std::int32_t>& ids) const override {
    for (const auto id : ids) {
      if (id < 0 || id >= vocab_size()) {
        throw DataError("token id", "0 to " + std::to_string(vocab_size() - 1), std::to_string(id));
      }
    }
    // sentencepiece leaves control pieces out; a completion is shown with them.
    std::string text;
    const auto decoded = processor_.DecodeIdsAsImmutableProto(ids);
    for (const auto& piece : decoded.pieces()) {
      const bool control = processor_.IsControl(static_cast<int>(piece.id()));
      text += control ? piece.piece() : piece.surface();
    }
    return text;
  }

  std::int64_t vocab_size() const override { return processor_.GetPieceSize(); }
  std::int32_t eos_id() const override { return eos_; }
  std::int32_t bos_id() const override { return bos_; }
  std::int32_t pad_id() const override { return pad_; }

  void save(const fs::path& folder) const override {
    for (const auto& [name, contents] : files_) write_file(folder / name, contents);
  }

 private:
  void read_special(const Fields& fields) {
    refuse_added_tokens(fields);
    bos_ = special_id(fields, "bos_token").value_or(bos_);
    eos_ = special_id(fields, "eos_token").value_or(eos_);
    pad_ = special_id(fields, "pad_token").value_or(pad_);
    // LlamaTokenizer's own default is true; every other class's is false.
    const bool llama = fields.text("tokenizer_class", "").starts_with("LlamaTokenizer");
    add_bos_ = fields.flag("add_bos_token", llama) && bos_ >= 0;
    add_eos_ = fields.flag("add_eos_token", false) && eos_ >= 0;
  }

  /// Tokens past the model's own pieces would need rules that tokenizer.model does not hold.
  void refuse_added_tokens(const Fields& fields) const {
    if (!fields.has("added_tokens_decoder")) return;
    const Fields added = fields.object("added_tokens_decoder");
    for (const auto& [id, token] : added.json().items()) {
      const bool number =
          !id.empty() && id.size() < 10 && id.find_first_not_of("0123456789") == std::string::npos;
      if (!number || std::stoll(id) >= vocab_size()) {
        throw DataError(added.place(id),
                        "only tokens that tokenizer.model holds (ids below " +
                            std::to_string(vocab_size()) + "): others are not supported yet",
                        token.dump());
      }
    }
  }

  /// None if the file does not name it or names one that the model lacks.
  std::optional<std::int32_t> special_id(const Fields& fields, const char* key) const {
    const auto text = special_token(fields, key);
    if (!text) return std::nullopt;
    const int id = processor_.PieceToId(*text);
    if (processor_.IdToPiece(id) != *text) return std::nullopt;
    return id;
  }

  TokenizerFiles files_;
  sentencepiece::SentencePieceProcessor processor_;
  std::int32_t bos_ = -1, eos_ = -1, pad_ = -1;
  bool add_bos_ = false, add_eos_ = false;
};

}  // namespace

std::shared_ptr<const Tokenizer> make_sentencepiece_tokenizer(TokenizerFiles files,
                                                              const fs::path& place) {
  return std::make_shared<SentencePieceTokenizer>(std::move(files), place);
}

}  // namespace hone::model
