#include "model/tokenizers/split.h"

#include <algorithm>

#include "model/error.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

struct TextSegment {
  std::size_t begin, end;
  bool match;
};

/// All of the text, as matches and what lies between them.
void to_segments(std::size_t size, const std::vector<RegexMatch>& matches, bool invert,
                 std::vector<TextSegment>& out) {
  out.clear();
  std::size_t done = 0;
  for (const auto& [begin, end] : matches) {
    if (done != begin) out.push_back({done, begin, invert});
    out.push_back({begin, end, !invert});
    done = end;
  }
  if (done != size) out.push_back({done, size, invert});
}

/// Joins each segment with the one before where `joined(match, match of the one before)` says so.
template <class F>
void join_neighbours(std::vector<TextSegment>& segments, const F& joined) {
  std::size_t kept = 0;
  bool previous = false;
  for (const TextSegment segment : segments) {
    if (kept > 0 && joined(segment.match, previous)) {
      auto& last = segments[kept - 1];
      last.begin = std::min(last.begin, segment.begin);
      last.end = std::max(last.end, segment.end);
    } else {
      segments[kept++] = segment;
    }
    previous = segment.match;
  }
  segments.resize(kept);
}

void apply(SplitBehavior behavior, std::vector<TextSegment>& segments) {
  const auto lone_match = [](bool match, bool previous) { return match && !previous; };
  switch (behavior) {
    case SplitBehavior::kIsolated:
      break;
    case SplitBehavior::kRemoved:
      std::erase_if(segments, [](const TextSegment& segment) { return segment.match; });
      break;
    case SplitBehavior::kContiguous:
      join_neighbours(segments, std::equal_to<bool>());
      break;
    case SplitBehavior::kMergedWithPrevious:
      join_neighbours(segments, lone_match);
      break;
    case SplitBehavior::kMergedWithNext:
      std::reverse(segments.begin(), segments.end());
      join_neighbours(segments, lone_match);
      std::reverse(segments.begin(), segments.end());
      break;
  }
}

}  // namespace

SplitBehavior split_behavior(const Fields& fields) {
  const std::string name = fields.text("behavior");
  if (name == "Removed") return SplitBehavior::kRemoved;
  if (name == "Isolated") return SplitBehavior::kIsolated;
  if (name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (name == "Contiguous") return SplitBehavior::kContiguous;
  throw DataError(fields.place("behavior"),
                  "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous",
                  "\"" + name + "\"");
}

void split(PreTokenized& text, const SplitFinder& find, SplitBehavior behavior, bool invert) {
  std::vector<PreTokenized::Piece> pieces;
  std::vector<RegexMatch> matches;
  std::vector<TextSegment> segments;
  pieces.reserve(text.pieces.size() * 2);
  for (const auto& piece : text.pieces) {
    const auto whole = text.at(piece);
    find(whole, text.scratch, matches);
    to_segments(whole.size(), matches, invert, segments);
    apply(behavior, segments);
    for (const auto& [begin, end, match] : segments) {
      if (begin == end) continue;
      pieces.push_back({piece.begin + begin, piece.begin + end, piece.at_start && begin == 0});
    }
  }
  text.pieces = std::move(pieces);
}

void find_characters(std::string_view text, const CodePointSet& set, std::vector<RegexMatch>& out) {
  out.clear();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    if (set.contains(next_code_point(text, at))) out.emplace_back(start, at);
  }
}

void find_text(std::string_view text, std::string_view wanted, std::vector<RegexMatch>& out) {
  out.clear();
  for (std::size_t at = 0; (at = text.find(wanted, at)) != std::string_view::npos;) {
    out.emplace_back(at, at + wanted.size());
    at += wanted.size();
  }
}

}  // namespace hone::model
