#pragma once

#include <span>
#include <string>
#include <vector>

namespace hone::model {

/// A piece that merges may make or join.
struct ScoredPiece {
  std::string text;
  float score = 0;
};

struct ScoreMerge {
  float score;
  std::string left, right;
};

/// Every way to join two pieces into a third, best first: sentencepiece joins the neighbours whose
/// joint piece has the highest score, however that piece is split.
/// Source: sentencepiece's bpe_model.cc; transformers' generate_merges, which derives merges alike.
std::vector<ScoreMerge> score_merges(std::span<const ScoredPiece> pieces);

}  // namespace hone::model
