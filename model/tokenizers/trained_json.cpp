#include <nlohmann/json.hpp>

#include "model/tokenizers/score_merges.h"
#include "model/tokenizers/tokenizer_files.h"

namespace hone::model {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSpace = "\u2581";  // stands for a space inside pieces

/// Symbols and special pieces are never joined with anything.
std::vector<ScoreMerge> merges_of(const std::vector<Piece>& pieces) {
  std::vector<ScoredPiece> normal;
  for (const auto& piece : pieces) {
    if (piece.kind == Piece::Kind::kNormal) normal.push_back({piece.text, piece.score});
  }
  return score_merges(normal);
}

Json replace_step(const char* from, const char* to) {
  return {{"type", "Replace"}, {"pattern", {{"String", from}}}, {"content", to}};
}

}  // namespace

std::string tokenizer_json(const std::vector<Piece>& pieces, bool merges) {
  Json vocabulary = Json::object();
  Json added = Json::array();
  for (std::size_t id = 0; id < pieces.size(); ++id) {
    const auto& piece = pieces[id];
    vocabulary[piece.text] = id;
    if (piece.kind == Piece::Kind::kNormal) continue;
    added.push_back({{"id", id},
                     {"content", piece.text},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", piece.kind != Piece::Kind::kSymbol}});
  }
  Json pairs = Json::array();
  if (merges) {
    for (const auto& merge : merges_of(pieces)) pairs.push_back({merge.left, merge.right});
  }

  Json out;
  out["version"] = "1.0";
  out["truncation"] = nullptr;
  out["padding"] = nullptr;
  out["added_tokens"] = added;
  out["normalizer"] = replace_step(" ", kSpace);
  out["pre_tokenizer"] = nullptr;
  out["post_processor"] = nullptr;
  out["decoder"] = {{"type", "Sequence"},
                    {"decoders", {replace_step(kSpace, " "), Json{{"type", "Fuse"}}}}};
  // A run of unknown characters is one <unk>, as in sentencepiece.
  out["model"] = {{"type", "BPE"},
                  {"dropout", nullptr},
                  {"unk_token", kUnknownPiece},
                  {"continuing_subword_prefix", nullptr},
                  {"end_of_word_suffix", nullptr},
                  {"fuse_unk", true},
                  {"byte_fallback", false},
                  {"ignore_merges", false},
                  {"vocab", vocabulary},
                  {"merges", pairs}};
  return out.dump(1) + "\n";
}

std::string tokenizer_config_json() {
  Json out;
  out["tokenizer_class"] = "PreTrainedTokenizerFast";
  out["bos_token"] = nullptr;
  out["eos_token"] = kEosPiece;
  out["pad_token"] = kPadPiece;
  out["unk_token"] = kUnknownPiece;
  out["add_bos_token"] = false;
  out["add_eos_token"] = false;
  out["clean_up_tokenization_spaces"] = false;
  // Text that spells a special token is only text, as in sentencepiece: no prompt can end itself.
  out["split_special_tokens"] = true;
  return out.dump(2) + "\n";
}

}  // namespace hone::model
