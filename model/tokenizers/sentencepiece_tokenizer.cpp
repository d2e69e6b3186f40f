#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <variant>

#include "model/error.h"
#include "model/json_fields.h"
#include "model/tokenizers/added_tokens.h"
#include "model/tokenizers/sentencepiece_bpe.h"
#include "model/tokenizers/sentencepiece_normalizer.h"
#include "model/tokenizers/sentencepiece_unigram.h"
#include "model/tokenizers/tokenizer_files.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::int32_t>;
using PieceKind = SentencePieces::Kind;

// Characters of a text are counted in 31 bits, and one may become 18.
constexpr std::size_t kMaxInputBytes = std::size_t{1} << 29;
constexpr std::string_view kSpacePiece = "\u2581";

/// The model "word": every word is a piece or unknown.
class SentencePieceWords {
 public:
  explicit SentencePieceWords(const SentencePieces& pieces) : pieces_(pieces) {}

  void encode(std::string_view text, Ids& out) const {
    while (!text.empty()) {
      const auto word = text.substr(0, text.find(kSpacePiece, 1));
      text.remove_prefix(word.size());
      const std::int32_t id = pieces_.text_id(word);
      const bool unused = id >= 0 && pieces_[id].kind == PieceKind::kUnused;
      pieces_.append(unused ? -1 : id, word, out);
    }
  }

 private:
  const SentencePieces& pieces_;
};

using Model = std::variant<SentencePieceBpe, SentencePieceUnigram, SentencePieceWords>;

Model model_of_pieces(const SentencePieceModel& model, const SentencePieces& pieces,
                      const std::string& place) {
  using Algorithm = SentencePieceModel::Algorithm;
  switch (model.algorithm) {
    case Algorithm::kUnigram:
      return SentencePieceUnigram(pieces, place);
    case Algorithm::kWord:
      return SentencePieceWords(pieces);
    default:
      return SentencePieceBpe(pieces, model.algorithm == Algorithm::kBpe);
  }
}

/// Tokens past the model's own pieces would need rules that tokenizer.model does not hold.
void refuse_added_tokens(const Fields& config, std::int64_t size) {
  if (!config.has("added_tokens_decoder")) return;
  const Fields added = config.object("added_tokens_decoder");
  for (const auto& [id, token] : added.json().items()) {
    const bool number =
        !id.empty() && id.size() < 10 && id.find_first_not_of("0123456789") == std::string::npos;
    if (!number || std::stoll(id) >= size) {
      throw DataError(added.place(id),
                      "only tokens that tokenizer.model holds (ids below " + std::to_string(size) +
                          "): others are not supported yet",
                      token.dump());
    }
  }
}

/// The tokens that are found in what a chat template made, as transformers finds them: control
/// pieces and what tokenizer_config.json adds, where it may say more of a control piece as well.
AddedTokens chat_tokens(const SentencePieces& pieces, const fs::path& path, const Fields* config) {
  if (config != nullptr) refuse_added_tokens(*config, pieces.size());
  const bool more = config != nullptr && config->has("added_tokens_decoder");
  const auto known = [&](const std::string& id) {
    return more && config->json()["added_tokens_decoder"].contains(id);
  };
  nlohmann::json tokens = nlohmann::json::array();
  for (std::int32_t id = 0; id < pieces.size(); ++id) {
    if (pieces[id].kind != PieceKind::kControl || known(std::to_string(id))) continue;
    tokens.push_back({{"id", id}, {"content", pieces[id].text}, {"special", true}});
  }
  const Fields fields = Fields::parse(nlohmann::json{{"added_tokens", tokens}}.dump(), path);
  const auto id_of = [&](const std::string& piece) {
    const std::int32_t id = pieces.id(piece);
    return id < 0 ? std::nullopt : std::optional(id);
  };
  return {fields, config, {pieces.size(), id_of}, Normalizer(fields)};
}

class SentencePieceTokenizer final : public Tokenizer {
 public:
  SentencePieceTokenizer(TokenizerFiles files, const SentencePieceModel& model,
                         const fs::path& path, const Fields* config)
      : Tokenizer(std::move(files)),
        pieces_(model, path.string()),
        model_(model_of_pieces(model, pieces_, path.string())),
        normalizer_(model.normalizer, model.treat_whitespace_as_suffix, &pieces_,
                    path.string() + ": normalizer_spec"),
        trims_(model.normalizer.remove_extra_whitespaces),
        prefixes_(model.normalizer.add_dummy_prefix),
        unknown_surface_(model.unknown_surface),
        chat_tokens_(chat_tokens(pieces_, path, config)) {
    if (!is_utf8(unknown_surface_)) {
      throw DataError(path.string() + ": trainer_spec.unk_surface", "UTF-8", "other bytes");
    }
    if (!model.denormalizer.charsmap.empty()) {
      denormalizer_.emplace(model.denormalizer, false, nullptr,
                            path.string() + ": denormalizer_spec");
    }
    vocab_size_ = pieces_.size();
    bos_ = control_id(model.bos_piece);
    eos_ = control_id(model.eos_piece);
    pad_ = control_id(model.pad_piece);
    if (config != nullptr) read_special(*config);
  }

  Ids encode(std::string_view text, bool add_special) const override {
    Ids ids;
    if (add_special && add_bos_) ids.push_back(bos_);
    append(text, true, ids);
    if (add_special && add_eos_) ids.push_back(eos_);
    return ids;
  }

  Ids encode_chat(std::string_view bytes) const override {
    const std::string text = to_utf8(bytes);
    Ids ids;
    for (const auto& part : chat_tokens_.find(text)) {
      if (part.id >= 0) {
        ids.push_back(part.id);
        continue;
      }
      const auto between = std::string_view(text).substr(part.begin, part.end - part.begin);
      for (const auto& inner : chat_tokens_.find_normalized(between)) {
        if (inner.id >= 0) {
          ids.push_back(inner.id);
        } else {
          append(between.substr(inner.begin, inner.end - inner.begin),
                 prefix_always_ || part.begin + inner.begin == 0, ids);
        }
      }
    }
    return ids;
  }

  /// Differs: sentencepiece leaves control pieces out; a completion is shown with them.
  std::string decode(const Ids& ids) const override {
    std::string out, text, bytes;
    bool at_start = true;  // of all the text: control pieces are none
    const auto flush = [&] {
      append_bytes(bytes, text);
      bytes.clear();
      at_start = at_start && text.empty();
    };
    const auto finish = [&] {
      out += denormalizer_ ? denormalizer_->apply(text) : text;
      text.clear();
    };
    for (const auto id : ids) {
      check_id(id);
      const auto& [piece, score, kind] = pieces_[id];
      if (kind == PieceKind::kByte) {
        bytes += static_cast<char>(pieces_.byte(id));
        continue;
      }
      flush();
      if (kind == PieceKind::kControl) {
        finish();
        out += piece;
        continue;
      }
      std::string_view rest = piece;
      if (at_start && (prefixes_ || trims_) && rest.starts_with(kSpacePiece)) {
        rest.remove_prefix(kSpacePiece.size());
        at_start = trims_;  // of several spaces all are left out, or one
      }
      if (kind == PieceKind::kUnknown) {
        text += unknown_surface_;
      } else {
        append_spaced(rest, text);
      }
      at_start = at_start && text.empty();
    }
    flush();
    finish();
    return out;
  }

 private:
  void append(std::string_view text, bool prefix, Ids& out) const {
    if (text.size() > kMaxInputBytes) {
      throw DataError("text", "at most 512 MB", std::to_string(text.size()) + " bytes");
    }
    const std::string normal = normalizer_.apply(text, prefix);
    if (normal.size() > std::numeric_limits<std::int32_t>::max()) {
      throw DataError("text", "at most 2 GB once it is normalized",
                      std::to_string(normal.size()) + " bytes");
    }
    Ids ids;
    std::visit([&](const auto& model) { model.encode(normal, ids); }, model_);
    pieces_.join_unknown(ids);
    out.insert(out.end(), ids.begin(), ids.end());
  }

  /// A piece's text with spaces again.
  static void append_spaced(std::string_view piece, std::string& text) {
    for (std::size_t at = 0; at < piece.size();) {
      const bool space = piece.substr(at).starts_with(kSpacePiece);
      text += space ? ' ' : piece[at];
      at += space ? kSpacePiece.size() : 1;
    }
  }

  /// Bytes as text, each that belongs to no character as U+FFFD.
  static void append_bytes(std::string_view bytes, std::string& text) {
    for (std::size_t at = 0; at < bytes.size();) {
      std::size_t end = at;
      if (next_checked(bytes, end) < 0) {
        text += "\ufffd";
        ++at;
      } else {
        text += bytes.substr(at, end - at);
        at = end;
      }
    }
  }

  std::int32_t control_id(const std::string& piece) const {
    const std::int32_t id = pieces_.id(piece);
    return id >= 0 && pieces_[id].kind == PieceKind::kControl ? id : -1;
  }

  void read_special(const Fields& config) {
    const auto special_id = [&](const char* key, std::int32_t otherwise) {
      const auto text = special_token(config, key);
      const std::int32_t id = text ? pieces_.id(*text) : -1;
      return id < 0 ? otherwise : id;
    };
    bos_ = special_id("bos_token", bos_);
    eos_ = special_id("eos_token", eos_);
    pad_ = special_id("pad_token", pad_);
    // LlamaTokenizer's own defaults are the opposite of every other class's.
    const bool llama = config.text("tokenizer_class", "").starts_with("LlamaTokenizer");
    add_bos_ = config.flag("add_bos_token", llama) && bos_ >= 0;
    add_eos_ = config.flag("add_eos_token", false) && eos_ >= 0;
    prefix_always_ = config.flag("legacy", !llama);
  }

  SentencePieces pieces_;
  Model model_;
  SentencePieceNormalizer normalizer_;
  std::optional<SentencePieceNormalizer> denormalizer_;
  bool trims_, prefixes_;
  std::string unknown_surface_;
  AddedTokens chat_tokens_;
  bool add_bos_ = false, add_eos_ = false;
  bool prefix_always_ = true;  // what follows a special token is a text of its own
};

}  // namespace

std::shared_ptr<const Tokenizer> make_sentencepiece_tokenizer(TokenizerFiles files,
                                                              const fs::path& place) {
  const fs::path path = place / kTokenizerModel;
  const SentencePieceModel model = parse_sentencepiece(files.at(kTokenizerModel), path.string());
  std::optional<Fields> config;
  if (files.contains(kTokenizerConfig)) {
    config = Fields::parse(files.at(kTokenizerConfig), place / kTokenizerConfig);
  }
  return std::make_shared<SentencePieceTokenizer>(std::move(files), model, path,
                                                  config ? &*config : nullptr);
}

}  // namespace hone::model
