#include "model/gguf_tokenizer.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "model/error.h"
#include "model/gguf_splits.h"
#include "model/sentencepiece_model.h"
#include "model/tokenizers/score_merges.h"

namespace hone::model {
namespace {

using Json = nlohmann::ordered_json;
using Kind = SentencePieceModel::Kind;  // llama.cpp's numbers are sentencepiece's

constexpr std::size_t kLongestPiece = std::size_t{1} << 14;
constexpr const char* kPieceSpace = "\u2581";  // stands for a space inside pieces

std::string key(const char* name) { return std::string("tokenizer.ggml.") + name; }

struct Token {
  std::string_view text;
  Kind kind = Kind::kNormal;
};

/// "[PAD7]": a row of the embedding that the tokenizer has no text for.
bool is_filler(const Token& token, std::size_t id) {
  return token.kind == Kind::kUnused && token.text == "[PAD" + std::to_string(id) + "]";
}

std::vector<std::string_view> token_texts(const GgufFile& file) {
  std::vector<std::string_view> texts = file.texts(key("tokens"));
  if (texts.empty()) throw DataError(file.place(key("tokens")), "at least one token", "none");
  return texts;
}

std::vector<Token> read_tokens(const GgufFile& file) {
  std::vector<Token> tokens;
  for (const auto text : token_texts(file)) tokens.push_back({text});
  if (!file.has(key("token_type"))) return tokens;
  const auto kinds = file.integers(key("token_type"));
  const std::string place = file.place(key("token_type"));
  if (kinds.size() != tokens.size()) {
    throw DataError(place, std::to_string(tokens.size()) + " types, one for each token",
                    std::to_string(kinds.size()));
  }
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (kinds[id] < 1 || kinds[id] > 6) {
      throw DataError(place + "[" + std::to_string(id) + "]", "1 to 6", std::to_string(kinds[id]));
    }
    tokens[id].kind = static_cast<Kind>(kinds[id]);
  }
  return tokens;
}

/// Texts with their ids.
Json vocabulary(const GgufFile& file, const std::vector<Token>& tokens) {
  // An ordered_json object would look through all keys for each new one.
  std::unordered_set<std::string_view> seen;
  Json::object_t vocabulary;
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (is_filler(tokens[id], id)) continue;
    const std::string text(tokens[id].text);
    if (!seen.insert(tokens[id].text).second) {
      throw DataError(file.place(key("tokens")) + "[" + std::to_string(id) + "]",
                      "a text of its own", "\"" + text + "\" once more");
    }
    vocabulary.Container::emplace_back(text, id);
  }
  return vocabulary;
}

/// Tokens that are found in a text as they are written.
Json added_tokens(const std::vector<Token>& tokens) {
  Json added = Json::array();
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    const Kind kind = tokens[id].kind;
    if (kind != Kind::kControl && kind != Kind::kUserDefined && kind != Kind::kUnknown) continue;
    added.push_back({{"id", id},
                     {"content", std::string(tokens[id].text)},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", kind != Kind::kUserDefined}});
  }
  return added;
}

/// The id that a key names; -1 if the file has none. llama.cpp takes some where nothing is said.
std::int64_t gguf_special_id(const GgufFile& file, const char* name, std::size_t count) {
  const bool pieces = file.text(key("model")) == "llama";
  const std::string_view asked = name;
  std::int64_t otherwise = -1;
  if (pieces && asked == "bos_token_id") otherwise = 1;
  if (pieces && asked == "eos_token_id") otherwise = 2;
  if (pieces && asked == "unknown_token_id") otherwise = 0;
  const auto most = static_cast<std::int64_t>(count) - 1;
  return file.integer(key(name), std::min(otherwise, most), -1, most);
}

const GgufSplit& named_split(const GgufFile& file) {
  const std::string name = file.text(key("pre"));
  std::string known;
  for (const auto& split : kGgufSplits) {
    if (split.name == name) return split;
    known += (known.empty() ? "" : ", ") + std::string(split.name);
  }
  throw DataError(file.place(key("pre")), "one of the pre-tokenizers " + known, "\"" + name + "\"");
}

bool is_byte_level(const GgufFile& file) {
  const std::string model = file.text(key("model"));
  if (model == "gpt2") return true;
  if (model == "llama") return false;
  throw DataError(file.place(key("model")), "the tokenizer gpt2 or llama", "\"" + model + "\"");
}

/// Puts special tokens around a text where the file says so.
Json post_processor(const GgufFile& file, const std::vector<Token>& tokens, bool add_bos) {
  Json single = Json::array(), special = Json::object();
  const auto add = [&](const char* name) {
    const std::int64_t id = gguf_special_id(file, name, tokens.size());
    if (id < 0) throw DataError(file.place(key(name)), "is missing, but is to be added to texts");
    const std::string text(tokens[static_cast<std::size_t>(id)].text);
    single.push_back({{"SpecialToken", {{"id", text}, {"type_id", 0}}}});
    special[text] = {{"id", text}, {"ids", Json::array({id})}, {"tokens", Json::array({text})}};
  };
  if (file.flag(key("add_bos_token"), add_bos)) add("bos_token_id");
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  if (file.flag(key("add_eos_token"), false)) add("eos_token_id");
  if (special.empty()) return nullptr;
  Json pair = single;
  pair.push_back({{"Sequence", {{"id", "B"}, {"type_id", 0}}}});
  return {{"type", "TemplateProcessing"},
          {"single", single},
          {"pair", pair},
          {"special_tokens", special}};
}

Json byte_level(bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

Json pre_tokenizer(const GgufSplit& split) {
  Json parts = Json::array();
  if (split.digits) parts.push_back({{"type", "Digits"}, {"individual_digits", true}});
  if (!split.pattern.empty()) {
    parts.push_back({{"type", "Split"},
                     {"pattern", {{"Regex", std::string(split.pattern)}}},
                     {"behavior", "Isolated"},
                     {"invert", false}});
  }
  parts.push_back(byte_level(split.pattern.empty()));
  return {{"type", "Sequence"}, {"pretokenizers", parts}};
}

/// "a b" as the pair of a and b: the first character may be a space.
Json read_merges(const GgufFile& file) {
  Json merges = Json::array();
  if (!file.has(key("merges"))) return merges;
  const auto texts = file.texts(key("merges"));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto space = texts[i].find(' ', 1);
    if (space == std::string_view::npos || space + 1 == texts[i].size()) {
      throw DataError(file.place(key("merges")) + "[" + std::to_string(i) + "]",
                      "two pieces with a space between them", "\"" + std::string(texts[i]) + "\"");
    }
    merges.push_back(Json::array(
        {std::string(texts[i].substr(0, space)), std::string(texts[i].substr(space + 1))}));
  }
  return merges;
}

Json bpe(Json vocabulary, Json merges) {
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", nullptr},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", false},
          {"vocab", std::move(vocabulary)},
          {"merges", std::move(merges)}};
}

Json byte_level_tokenizer(const GgufFile& file, const std::vector<Token>& tokens) {
  const GgufSplit& split = named_split(file);
  Json out;
  out["normalizer"] = split.nfc ? Json{{"type", "NFC"}} : Json(nullptr);
  out["pre_tokenizer"] = pre_tokenizer(split);
  out["post_processor"] = post_processor(file, tokens, split.add_bos);
  out["decoder"] = byte_level(true);
  out["model"] = bpe(vocabulary(file, tokens), read_merges(file));
  out["model"]["ignore_merges"] = split.ignore_merges;
  return out;
}

Json replace(const char* from, const char* to) {
  return {{"type", "Replace"}, {"pattern", {{"String", from}}}, {"content", to}};
}

Json merges_by_score(const GgufFile& file, const std::vector<Token>& tokens) {
  const auto scores = file.numbers(key("scores"));
  if (scores.size() != tokens.size()) {
    throw DataError(file.place(key("scores")),
                    std::to_string(tokens.size()) + " scores, one for each token",
                    std::to_string(scores.size()));
  }
  std::vector<ScoredPiece> pieces;
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (!std::isfinite(scores[id])) {
      throw DataError(file.place(key("scores")) + "[" + std::to_string(id) + "]", "a finite number",
                      std::to_string(scores[id]));
    }
    if (tokens[id].kind != Kind::kNormal) continue;
    if (tokens[id].text.size() > kLongestPiece) {  // a piece is cut at each of its characters
      throw DataError(file.place(key("tokens")) + "[" + std::to_string(id) + "]",
                      "at most " + std::to_string(kLongestPiece) + " bytes",
                      std::to_string(tokens[id].text.size()));
    }
    pieces.push_back({std::string(tokens[id].text), scores[id]});
  }
  Json merges = Json::array();
  for (const auto& merge : score_merges(pieces))
    merges.push_back(Json::array({merge.left, merge.right}));
  return merges;
}

Json pieces_tokenizer(const GgufFile& file, const std::vector<Token>& tokens) {
  const bool prefix = file.flag(key("add_space_prefix"), true);
  const bool bytes = std::any_of(tokens.begin(), tokens.end(),
                                 [](const Token& token) { return token.kind == Kind::kByte; });
  Json out;
  Json decoders = Json::array({replace(kPieceSpace, " ")});
  if (bytes) decoders.push_back({{"type", "ByteFallback"}});
  decoders.push_back({{"type", "Fuse"}});
  out["normalizer"] = replace(" ", kPieceSpace);
  if (prefix) {
    const Json prepend = {{"type", "Prepend"}, {"prepend", kPieceSpace}};
    out["normalizer"] = {{"type", "Sequence"},
                         {"normalizers", Json::array({prepend, replace(" ", kPieceSpace)})}};
    decoders.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  }
  out["pre_tokenizer"] = nullptr;
  out["post_processor"] = post_processor(file, tokens, true);
  out["decoder"] = {{"type", "Sequence"}, {"decoders", decoders}};
  out["model"] = bpe(vocabulary(file, tokens), merges_by_score(file, tokens));
  const std::int64_t unknown = gguf_special_id(file, "unknown_token_id", tokens.size());
  if (unknown >= 0) {
    out["model"]["unk_token"] = std::string(tokens[static_cast<std::size_t>(unknown)].text);
    out["model"]["fuse_unk"] = true;  // a run of unknown characters is one, as in sentencepiece
  }
  out["model"]["byte_fallback"] = bytes;
  return out;
}

}  // namespace

bool gguf_has_tokenizer(const GgufFile& file) {
  return file.has(key("model")) && file.text(key("model")) != "no_vocab";
}

std::string gguf_tokenizer_json(const GgufFile& file) {
  const bool byte_level = is_byte_level(file);
  const auto tokens = read_tokens(file);
  Json out = {{"version", "1.0"}, {"truncation", nullptr}, {"padding", nullptr}};
  out["added_tokens"] = added_tokens(tokens);
  const Json parts =
      byte_level ? byte_level_tokenizer(file, tokens) : pieces_tokenizer(file, tokens);
  for (const auto& [name, part] : parts.items()) out[name] = part;
  return out.dump(1) + "\n";
}

std::string gguf_tokenizer_config(const GgufFile& file) {
  const auto texts = token_texts(file);
  Json out = {{"tokenizer_class", "PreTrainedTokenizerFast"}};
  const auto add = [&](const char* name, const char* id_key) {
    const std::int64_t id = gguf_special_id(file, id_key, texts.size());
    if (id >= 0) out[name] = std::string(texts[static_cast<std::size_t>(id)]);
  };
  add("bos_token", "bos_token_id");
  add("eos_token", "eos_token_id");
  add("unk_token", "unknown_token_id");
  add("pad_token", "padding_token_id");
  out["clean_up_tokenization_spaces"] = false;
  if (file.has("tokenizer.chat_template")) {
    out["chat_template"] = file.text("tokenizer.chat_template");
  }
  return out.dump(2) + "\n";
}

}  // namespace hone::model
