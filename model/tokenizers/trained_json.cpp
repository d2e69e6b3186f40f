#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "model/tokenizers/tokenizer_files.h"

namespace hone::model {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSpace = "\u2581";  // stands for a space inside pieces

struct Merge {
  float score;
  std::string left, right;
};

/// Every way to join two pieces into a third, best first. sentencepiece joins the neighbours whose
/// joint piece has the highest score, however that piece is split.
std::vector<Merge> merges_of(const std::vector<Piece>& pieces) {
  // Symbols and special pieces are never joined with anything.
  std::unordered_map<std::string_view, const Piece*> normal;
  for (const auto& piece : pieces) {
    if (piece.kind == Piece::Kind::kNormal) normal.emplace(piece.text, &piece);
  }
  std::vector<Merge> merges;
  for (const auto& piece : pieces) {
    if (piece.kind != Piece::Kind::kNormal) continue;
    const std::string_view text = piece.text;
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      const auto left = text.substr(0, cut), right = text.substr(cut);
      if (normal.contains(left) && normal.contains(right)) {
        merges.push_back({piece.score, std::string(left), std::string(right)});
      }
    }
  }
  std::stable_sort(merges.begin(), merges.end(),
                   [](const Merge& a, const Merge& b) { return a.score > b.score; });
  return merges;
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
