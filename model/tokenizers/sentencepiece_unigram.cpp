#include "model/tokenizers/sentencepiece_unigram.h"

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <limits>

#include "model/error.h"
#include "model/tokenizers/word_map.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

using PieceKind = SentencePieces::Kind;
using Ids = std::vector<std::int32_t>;

constexpr float kUnknownPiecePenalty = 10;
// Past this a sum begins at 0 again.
constexpr float kLargestSum = 100000;

float score_of(const SentencePieces::Entry& piece) {
  if (piece.kind != PieceKind::kUserDefined) return piece.score;
  return static_cast<float>(0.1 * static_cast<int>(piece.text.size() - 1));
}

std::vector<ByteTrie::Entry> trie_entries(const SentencePieces& pieces) {
  std::vector<ByteTrie::Entry> entries;
  for (std::int32_t id = 0; id < pieces.size(); ++id) {
    const bool used = pieces.is_text(id) && pieces[id].kind != PieceKind::kUnused;
    if (used) entries.emplace_back(pieces[id].text, id);
  }
  return entries;
}

}  // namespace

SentencePieceUnigram::SentencePieceUnigram(const SentencePieces& pieces, const std::string& place)
    : pieces_(pieces), trie_(trie_entries(pieces)) {
  float lowest = FLT_MAX;
  largest_ = 0;
  for (std::int32_t id = 0; id < pieces.size(); ++id) {
    if (!std::isfinite(pieces[id].score)) {
      throw DataError(place + ": pieces[" + std::to_string(id) + "].score", "a finite number",
                      std::to_string(pieces[id].score));
    }
    scores_.push_back(score_of(pieces[id]));
    if (pieces[id].kind == PieceKind::kNormal) lowest = std::min(lowest, pieces[id].score);
    largest_ = std::max(largest_, std::abs(double{scores_[id]}));
  }
  unknown_score_ = lowest - kUnknownPiecePenalty;
  largest_ = std::max(largest_, std::abs(double{unknown_score_}));
}

/// Calls f(end, id, score) for the pieces that begin here.
template <class F>
void SentencePieceUnigram::candidates(std::string_view text, std::size_t begin, const F& f) const {
  std::size_t next = begin;
  next_code_point(text, next);
  bool single = false;  // is there a piece of just this character?
  trie_.prefixes(text.substr(begin), [&](std::size_t length, std::int32_t id) {
    f(begin + length, id, scores_[id]);
    single = single || length == next - begin;
  });
  if (!single) f(next, -1, unknown_score_);
}

std::size_t SentencePieceUnigram::part(std::string_view text) const {
  std::size_t at = 0;
  char32_t left = next_code_point(text, at);
  while (at < text.size()) {
    const std::size_t cut = at;
    const char32_t right = next_code_point(text, at);
    if (!pieces_.may_join(left, right)) return cut;
    left = right;
  }
  return at;
}

/// Adds the best way to the end of a part, of which `last` has the last piece to every position.
void SentencePieceUnigram::follow(std::span<const Chosen> last, std::vector<Chosen>& chosen) {
  const auto first = static_cast<std::ptrdiff_t>(chosen.size());
  for (std::size_t end = last.size() - 1; end > 0; end -= last[end].size) {
    chosen.push_back(last[end]);
  }
  std::reverse(chosen.begin() + first, chosen.end());
}

/// Adds the pieces of a part whose beginning has this sum. Returns the sum at its end.
float SentencePieceUnigram::cut_exactly(std::string_view part, float sum,
                                        std::vector<Chosen>& chosen) const {
  std::vector<Chosen> last(part.size() + 1);
  std::vector<float> sums(part.size() + 1);
  sums[0] = sum;
  std::size_t reached = 0;
  for (std::size_t begin = 0; begin < part.size();) {
    if (sums[begin] < -kLargestSum || sums[begin] > kLargestSum) {
      const float offset = sums[begin];
      for (std::size_t i = begin; i <= reached; ++i) {
        if (i == begin || last[i].size > 0) sums[i] -= offset;
      }
      sums[begin] = 0;
    }
    candidates(part, begin, [&](std::size_t end, std::int32_t id, float score) {
      reached = std::max(reached, end);
      const float total = score + sums[begin];
      if (last[end].size == 0 || total > sums[end]) {
        sums[end] = total;
        last[end] = {id, static_cast<std::uint32_t>(end - begin), score};
      }
    });
    next_code_point(part, begin);
  }
  follow(last, chosen);
  return sums[part.size()];
}

/// Adds the pieces of a short part by exact sums. Returns the magnitude of a sum at its beginning
/// up to which rounded sums give the same pieces: any other pieces are worse by more than rounding
/// can make up for.
double SentencePieceUnigram::cut_by_margin(std::string_view part,
                                           std::vector<Chosen>& chosen) const {
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  struct Sums {
    double best = kNone, second = kNone;
  };
  std::array<Chosen, WordMap<int>::kLongestWord + 1> last;
  std::array<Sums, WordMap<int>::kLongestWord + 1> sums;
  sums[0].best = 0;
  for (std::size_t begin = 0; begin < part.size();) {
    const Sums from = sums[begin];
    candidates(part, begin, [&](std::size_t end, std::int32_t id, float score) {
      const double total = from.best + score, other = from.second + score;
      Sums& sum = sums[end];
      if (total > sum.best) {
        sum.second = std::max(sum.best, other);
        sum.best = total;
        last[end] = {id, static_cast<std::uint32_t>(end - begin), score};
      } else {
        sum.second = std::max(sum.second, total);
      }
    });
    next_code_point(part, begin);
  }
  follow({last.data(), part.size() + 1}, chosen);
  // At most n sums are rounded on a way, each by half a unit in the last place of |sum| + n
  // largest; two ways may err in opposite directions. 2^-23 in place of 2^-24 covers rounding here.
  const double n = static_cast<double>(part.size());
  const double margin = sums[part.size()].best - sums[part.size()].second;
  const double limit = margin / (2 * n * 0x1p-23) - n * largest_;
  return std::min(limit, kLargestSum - 2 * n * largest_);
}

void SentencePieceUnigram::encode(std::string_view text, Ids& out) const {
  struct Known {
    std::size_t begin, end;  // in what was chosen for all words
    double limit;
  };
  WordMap<Known> words;
  std::vector<Chosen> all, once;
  float sum = 0;
  while (!text.empty()) {
    const auto word = text.substr(0, part(text));
    text.remove_prefix(word.size());
    if (std::abs(sum) > kLargestSum) sum = 0;
    if (word.size() <= words.kLongestWord) {
      const Known* known = words.find(word);
      if (known == nullptr) {
        const std::size_t begin = all.size();
        const double limit = cut_by_margin(word, all);
        known = words.add(word, {begin, all.size(), limit});
      }
      if (std::abs(sum) <= known->limit) {
        std::size_t at = 0;
        for (std::size_t i = known->begin; i < known->end; ++i) {
          pieces_.append(all[i].id, word.substr(at, all[i].size), out);
          at += all[i].size;
          sum = all[i].score + sum;
        }
        continue;
      }
    }
    once.clear();
    sum = cut_exactly(word, sum, once);
    std::size_t at = 0;
    for (const auto& piece : once) {
      pieces_.append(piece.id, word.substr(at, piece.size), out);
      at += piece.size;
    }
  }
}

}  // namespace hone::model
