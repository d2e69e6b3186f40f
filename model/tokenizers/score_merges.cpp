#include "model/tokenizers/score_merges.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "model/utf8.h"

namespace hone::model {

std::vector<ScoreMerge> score_merges(std::span<const ScoredPiece> pieces) {
  std::unordered_set<std::string_view> texts;
  for (const auto& piece : pieces) texts.insert(piece.text);
  std::vector<ScoreMerge> merges;
  for (const auto& piece : pieces) {
    const std::string_view text = piece.text;
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      if (!is_boundary(text, cut)) continue;
      const auto left = text.substr(0, cut), right = text.substr(cut);
      if (texts.contains(left) && texts.contains(right)) {
        merges.push_back({piece.score, std::string(left), std::string(right)});
      }
    }
  }
  std::stable_sort(merges.begin(), merges.end(),
                   [](const ScoreMerge& a, const ScoreMerge& b) { return a.score > b.score; });
  return merges;
}

}  // namespace hone::model
