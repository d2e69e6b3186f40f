#include "model/gguf_vocabulary.h"

#include <algorithm>

#include "model/error.h"
#include "model/file_io.h"
#include "model/json_fields.h"
#include "model/sentencepiece_model.h"
#include "model/tokenizer.h"
#include "model/weight_files.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;
using GgufPieceKind = SentencePieceModel::Kind;

constexpr float kUnusedScore = -10000;

/// llama.cpp splits text by scores alone.
void check_exportable(const SentencePieceModel& model, const std::string& place) {
  using Algorithm = SentencePieceModel::Algorithm;
  if (model.algorithm != Algorithm::kBpe && model.algorithm != Algorithm::kChar) {
    throw DataError(place, "a BPE or char model, for llama.cpp",
                    model.algorithm == Algorithm::kUnigram ? "unigram" : "word");
  }
  const auto refuse = [&](bool refused, const char* what) {
    if (refused) throw DataError(place, std::string(what) + ", which llama.cpp does not do");
  };
  refuse(!model.normalizer.charsmap.empty(), "replaces characters (normalizer_spec)");
  refuse(model.normalizer.remove_extra_whitespaces,
         "removes extra spaces (remove_extra_whitespaces)");
  refuse(!model.normalizer.escape_whitespaces,
         "leaves spaces as they are (escape_whitespaces is false)");
  refuse(model.treat_whitespace_as_suffix, "puts spaces behind words (treat_whitespace_as_suffix)");
}

GgufMetadata sentencepiece_vocabulary(const fs::path& folder, const ModelConfig& config) {
  const fs::path path = folder / "tokenizer.model";
  const auto tokenizer = load_tokenizer(folder);
  check_vocabulary(config, *tokenizer, folder.string());
  const SentencePieceModel model = parse_sentencepiece(read_file(path), path.string());
  check_exportable(model, path.string());

  std::vector<std::string> texts;
  std::vector<float> scores;
  std::vector<std::int32_t> kinds;
  SpecialTokens special{tokenizer->bos_id(), tokenizer->eos_id(), -1, tokenizer->pad_id()};
  for (const auto& piece : model.pieces) {
    if (piece.kind == GgufPieceKind::kUnknown)
      special.unknown = static_cast<std::int64_t>(texts.size());
    texts.push_back(piece.text);
    scores.push_back(piece.score);
    kinds.push_back(static_cast<std::int32_t>(piece.kind));
  }
  for (auto id = static_cast<std::int64_t>(texts.size()); id < config.vocab_size; ++id) {
    texts.push_back("[PAD" + std::to_string(id) + "]");
    scores.push_back(kUnusedScore);
    kinds.push_back(static_cast<std::int32_t>(GgufPieceKind::kUnused));
  }
  const auto added = tokenizer->encode("", true);
  const auto adds = [&](std::int32_t id) {
    return id >= 0 && std::find(added.begin(), added.end(), id) != added.end();
  };
  special.add_bos = adds(tokenizer->bos_id());
  special.add_eos = adds(tokenizer->eos_id());

  GgufMetadata out = {{"tokenizer.ggml.model", std::string("llama")},
                      {"tokenizer.ggml.pre", std::string("default")},
                      {"tokenizer.ggml.tokens", std::move(texts)},
                      {"tokenizer.ggml.scores", std::move(scores)},
                      {"tokenizer.ggml.token_type", std::move(kinds)},
                      {"tokenizer.ggml.add_space_prefix", model.normalizer.add_dummy_prefix}};
  add_special_tokens(out, special, folder, config);
  return out;
}

std::string chat_template(const fs::path& folder) {
  if (fs::exists(folder / "chat_template.jinja")) return read_file(folder / "chat_template.jinja");
  if (!fs::exists(folder / "tokenizer_config.json")) return {};
  const Fields fields = Fields::read(folder / "tokenizer_config.json");
  const bool text = fields.has("chat_template") && fields.json()["chat_template"].is_string();
  return text ? fields.text("chat_template") : "";  // a list of several names none as the usual one
}

}  // namespace

void add_special_tokens(GgufMetadata& out, const SpecialTokens& tokens, const fs::path& folder,
                        const ModelConfig& config) {
  std::vector<std::int64_t> ends;  // the tokenizer's own first
  if (tokens.eos >= 0) ends.push_back(tokens.eos);
  for (const auto id : config.eos_token_ids) {
    if (std::find(ends.begin(), ends.end(), id) == ends.end()) ends.push_back(id);
  }
  const auto add_id = [&](const char* key, std::int64_t id) {
    if (id >= 0) out.emplace_back(key, static_cast<std::uint32_t>(id));
  };
  add_id("tokenizer.ggml.bos_token_id", tokens.bos);
  if (!ends.empty()) add_id("tokenizer.ggml.eos_token_id", ends[0]);
  if (ends.size() > 1) add_id("tokenizer.ggml.eot_token_id", ends[1]);
  add_id("tokenizer.ggml.unknown_token_id", tokens.unknown);
  add_id("tokenizer.ggml.padding_token_id", tokens.pad);
  out.emplace_back("tokenizer.ggml.add_bos_token", tokens.add_bos);
  out.emplace_back("tokenizer.ggml.add_eos_token", tokens.add_eos);
  if (const auto text = chat_template(folder); !text.empty()) {
    out.emplace_back("tokenizer.chat_template", text);
  }
}

GgufMetadata gguf_vocabulary(const fs::path& folder, const ModelConfig& config) {
  if (fs::exists(folder / "tokenizer.model")) return sentencepiece_vocabulary(folder, config);
  if (fs::exists(folder / "tokenizer.json")) return gguf_vocabulary_json(folder, config);
  return {{"tokenizer.ggml.model", std::string("no_vocab")}};
}

}  // namespace hone::model
