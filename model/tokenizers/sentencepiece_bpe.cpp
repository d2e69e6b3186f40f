#include "model/tokenizers/sentencepiece_bpe.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "model/tokenizers/code_point_set.h"
#include "model/tokenizers/word_map.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

using PieceKind = SentencePieces::Kind;
using Ids = std::vector<std::int32_t>;

// sentencepiece goes no deeper into unused pieces.
constexpr int kMaxSplitDepth = 100;

/// Numbers in the order of the scores, as sentencepiece compares their bits.
std::int64_t order(float score) {
  const auto bits = std::bit_cast<std::int32_t>(score);
  return bits >= 0 ? bits : std::int64_t{std::numeric_limits<std::int32_t>::min()} - 1 - bits;
}

}  // namespace

SentencePieceBpe::SentencePieceBpe(const SentencePieces& pieces, bool merges) : pieces_(pieces) {
  read_characters();
  if (!merges) return;
  merges_ = MergeTable(read_merges());
  for (std::int32_t id = 0; id < pieces_.size(); ++id) {
    has_unused_ = has_unused_ || pieces_[id].kind == PieceKind::kUnused;
  }
}

void SentencePieceBpe::read_characters() {
  const std::int32_t none = pieces_.size();
  characters_.assign(CodePointSet::kEnd, none);
  found_ = none + 1;
  for (std::int32_t id = 0; id < pieces_.size(); ++id) {
    if (!pieces_.is_text(id)) continue;
    const std::string_view text = pieces_[id].text;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t begin = at;
      std::int32_t& symbol = characters_[next_code_point(text, at)];
      if (symbol != none) continue;
      const std::int32_t own = pieces_.text_id(text.substr(begin, at - begin));
      symbol = own >= 0 ? own : found_++;
    }
  }
}

std::int32_t SentencePieceBpe::symbol_of(std::string_view text) const {
  std::size_t end = 0;
  const char32_t c = next_code_point(text, end);
  return end == text.size() ? characters_[c] : pieces_.text_id(text);
}

std::vector<MergeTable::Merge> SentencePieceBpe::read_merges() const {
  Ids ids;
  for (std::int32_t id = 0; id < pieces_.size(); ++id) {
    if (pieces_.is_text(id)) ids.push_back(id);
  }
  std::stable_sort(ids.begin(), ids.end(), [&](std::int32_t a, std::int32_t b) {
    return order(pieces_[a].score) > order(pieces_[b].score);
  });
  std::vector<MergeTable::Merge> merges;
  std::int32_t rank = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto& piece = pieces_[ids[i]];
    if (i > 0 && order(piece.score) != order(pieces_[ids[i - 1]].score)) ++rank;
    const std::string_view text = piece.text;
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      if (!is_boundary(text, cut)) continue;
      const std::int32_t left = symbol_of(text.substr(0, cut));
      const std::int32_t right = left < 0 ? -1 : symbol_of(text.substr(cut));
      if (right >= 0) merges.push_back({MergeTable::to_pair(left, right), rank, ids[i]});
    }
  }
  return merges;
}

std::int32_t SentencePieceBpe::next_symbol(std::string_view text, std::size_t& at) const {
  std::int32_t id = 0;
  if (const auto length = pieces_.symbol(text.substr(at), id)) {
    at += length;
    return found_ + id;
  }
  return characters_[next_code_point(text, at)];
}

SentencePieceBpe::Part SentencePieceBpe::part(std::string_view text) const {
  std::size_t at = 0;
  const std::int32_t first = next_symbol(text, at);
  if (first >= found_) return {at, first};
  std::size_t symbols = 1;
  std::size_t start = 0;
  char32_t left = next_code_point(text, start);
  while (at < text.size()) {
    std::size_t next = at;
    const char32_t right = next_code_point(text, next);
    std::int32_t id = 0;
    if (!pieces_.may_join(left, right) || pieces_.symbol(text.substr(at), id) > 0) break;
    left = right;
    at = next;
    ++symbols;
  }
  return {at, symbols == 1 ? first : -1};
}

void SentencePieceBpe::encode(std::string_view text, Ids& out) const {
  // How unused pieces are taken apart depends on what else is in the text.
  if (has_unused_) {
    encode_part(text, out);
    return;
  }
  struct Place {
    std::size_t begin, end;  // in the output
  };
  WordMap<Place> words;
  while (!text.empty()) {
    const auto [size, symbol] = part(text);
    const auto word = text.substr(0, size);
    text.remove_prefix(size);
    const std::size_t begin = out.size();
    if (symbol >= 0) {
      append(symbol, word, {}, 0, out);
    } else if (size > words.kLongestWord) {
      encode_part(word, out);
    } else if (const Place* known = words.find(word)) {
      for (std::size_t i = known->begin; i < known->end; ++i) out.push_back(out[i]);
    } else {
      encode_part(word, out);
      words.add(word, {begin, out.size()});
    }
  }
}

void SentencePieceBpe::encode_part(std::string_view part, Ids& out) const {
  Symbols symbols;
  std::vector<std::size_t> ends;  // of what was a symbol at first
  for (std::size_t at = 0; at < part.size(); ends.push_back(at)) {
    symbols.add(next_symbol(part, at));
  }
  Splits splits(has_unused_ ? pieces_.size() : 0);
  symbols.join(merges_, [&](std::int32_t joint, std::int32_t left, std::int32_t right) {
    if (has_unused_) splits[joint] = {left, right};
  });
  const auto& list = symbols.list();
  for (std::size_t i = 0, begin = 0; i < list.size();) {
    std::size_t last = i;
    while (last + 1 < list.size() && list[last + 1].joined) ++last;
    append(list[i].id, part.substr(begin, ends[last] - begin), splits, 0, out);
    begin = ends[last];
    i = last + 1;
  }
}

void SentencePieceBpe::append(std::int32_t symbol, std::string_view text, const Splits& splits,
                              int depth, Ids& out) const {
  if (symbol >= found_) {
    out.push_back(symbol - found_);
  } else if (symbol >= pieces_.size()) {
    pieces_.append(-1, text, out);
  } else if (pieces_[symbol].kind != PieceKind::kUnused || depth > kMaxSplitDepth) {
    out.push_back(symbol);
  } else if (splits.empty() || splits[symbol] == std::pair(0, 0)) {
    pieces_.append(-1, text, out);
  } else {
    const auto [left, right] = splits[symbol];
    std::size_t cut = 0;
    if (left < pieces_.size()) {
      cut = pieces_[left].text.size();
    } else {
      next_code_point(text, cut);
    }
    append(left, text.substr(0, cut), splits, depth + 1, out);
    append(right, text.substr(cut), splits, depth + 1, out);
  }
}

}  // namespace hone::model
