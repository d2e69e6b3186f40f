#include <algorithm>
#include <variant>

#include "model/error.h"
#include "model/tokenizers/added_tokens.h"
#include "model/tokenizers/bpe.h"
#include "model/tokenizers/post_processor.h"
#include "model/tokenizers/pre_tokenizer.h"
#include "model/tokenizers/token_decoder.h"
#include "model/tokenizers/tokenizer_files.h"
#include "model/tokenizers/unigram.h"
#include "model/tokenizers/word_map.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;

// The symbols of a word are counted in 31 bits.
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 29;

using Ids = std::vector<std::int32_t>;
using Model = std::variant<std::unique_ptr<Bpe>, std::unique_ptr<Unigram>>;

Model model_of_json(const Fields& file) {
  const Fields fields = file.object("model");
  // The first files said no type.
  const std::string type = fields.text("type", fields.has("merges") ? "BPE" : "");
  if (type == "BPE") return std::make_unique<Bpe>(fields);
  if (type == "Unigram") return std::make_unique<Unigram>(fields);
  throw DataError(fields.place("type"), "BPE or Unigram", "\"" + type + "\"");
}

const Vocabulary& vocabulary_of(const Model& model) {
  return std::visit([](const auto& one) -> const Vocabulary& { return one->vocabulary(); }, model);
}

/// Turns words into ids, those that came up before in the same text by copying.
class Words {
 public:
  explicit Words(const Model& model) : model_(model) {}

  void encode(std::string_view word, Ids& out) {
    if (word.size() <= words_.kLongestWord) return encode_part(word, out);
    while (!word.empty()) {
      const auto size = std::visit([&](const auto& one) { return one->part(word); }, model_);
      encode_part(word.substr(0, size), out);
      word.remove_prefix(size);
    }
  }

 private:
  struct Place {
    std::size_t begin, end;  // in the output
  };

  void encode_part(std::string_view word, Ids& out) {
    if (word.size() > words_.kLongestWord) {
      encode_anew(word, out);
      return;
    }
    if (const Place* known = words_.find(word)) {
      for (std::size_t i = known->begin; i < known->end; ++i) out.push_back(out[i]);
      return;
    }
    const std::size_t begin = out.size();
    encode_anew(word, out);
    words_.add(word, {begin, out.size()});
  }

  void encode_anew(std::string_view word, Ids& out) const {
    std::visit([&](const auto& one) { one->encode(word, out); }, model_);
  }

  const Model& model_;
  WordMap<Place> words_;
};

class JsonTokenizer final : public Tokenizer {
 public:
  JsonTokenizer(TokenizerFiles files, const Fields& file, const Fields* config)
      : Tokenizer(std::move(files)),
        model_(model_of_json(file)),
        normalizer_(file),
        pre_tokenizer_(file),
        added_(file, config,
               {vocabulary_of(model_).size(),
                [&](const std::string& piece) { return vocabulary_of(model_).id(piece); }},
               normalizer_),
        post_processor_(file, std::max(vocabulary_of(model_).end(), added_.end())),
        decoder_(file) {
    vocab_size_ = std::max(vocabulary_of(model_).end(), added_.end());
    if (config == nullptr) return;
    bos_ = special_id(*config, "bos_token");
    eos_ = special_id(*config, "eos_token");
    pad_ = special_id(*config, "pad_token");
  }

  Ids encode(std::string_view bytes, bool add_special) const override {
    if (bytes.size() > kMaxTextBytes) {
      throw DataError("text", "at most 512 MB", std::to_string(bytes.size()) + " bytes");
    }
    const std::string text = to_utf8(bytes);
    Ids ids;
    if (add_special) ids = post_processor_.before;
    Words words(model_);
    PreTokenized pieces;
    for (const auto& part : added_.find(text)) {
      if (part.id >= 0) {
        ids.push_back(part.id);
        continue;
      }
      NormalizedText normal{text.substr(part.begin, part.end - part.begin), part.begin == 0};
      normalizer_.apply(normal);
      for (const auto& inner : added_.find_normalized(normal.text)) {
        if (inner.id >= 0) {
          ids.push_back(inner.id);
          continue;
        }
        pre_tokenizer_.apply({normal.text.substr(inner.begin, inner.end - inner.begin),
                              normal.at_start && inner.begin == 0},
                             pieces);
        for (const auto& piece : pieces.pieces) words.encode(pieces.at(piece), ids);
      }
    }
    const auto& after = post_processor_.after;
    if (add_special) ids.insert(ids.end(), after.begin(), after.end());
    return ids;
  }

  std::string decode(const Ids& ids) const override {
    std::vector<std::string> pieces;
    pieces.reserve(ids.size());
    for (const auto id : ids) {
      check_id(id);
      const std::string* piece = added_.piece(id);
      if (piece == nullptr) piece = vocabulary_of(model_).piece(id);
      if (piece != nullptr) pieces.push_back(*piece);
    }
    return decoder_.decode(std::move(pieces));
  }

 private:
  /// -1 if the file names none, or one that there is not.
  std::int32_t special_id(const Fields& config, const char* key) const {
    const auto text = special_token(config, key);
    if (!text) return -1;
    if (const auto id = added_.id(*text)) return *id;
    return vocabulary_of(model_).id(*text).value_or(-1);
  }

  Model model_;
  Normalizer normalizer_;
  PreTokenizer pre_tokenizer_;
  AddedTokens added_;
  PostProcessor post_processor_;
  TokenDecoder decoder_;
};

}  // namespace

std::shared_ptr<const Tokenizer> make_json_tokenizer(TokenizerFiles files, const fs::path& place) {
  const Fields file = Fields::parse(files.at(kTokenizerJson), place / kTokenizerJson);
  std::optional<Fields> config;
  if (files.contains(kTokenizerConfig)) {
    config = Fields::parse(files.at(kTokenizerConfig), place / kTokenizerConfig);
  }
  return std::make_shared<JsonTokenizer>(std::move(files), file, config ? &*config : nullptr);
}

}  // namespace hone::model
