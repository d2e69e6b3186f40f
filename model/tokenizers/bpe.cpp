#include "model/tokenizers/bpe.h"

#include "model/error.h"
#include "model/tokenizers/code_point_set.h"
#include "model/utf8.h"

namespace hone::model {
namespace {

// Ids may leave gaps, but not so that a small file fills the memory.
constexpr std::size_t kMaxGaps = 100000;

std::string place_name(std::size_t merge) { return "merges[" + std::to_string(merge) + "]"; }

std::vector<std::optional<std::string>> read_vocabulary(const Fields& fields) {
  const Fields vocab = fields.object("vocab");
  if (vocab.json().empty()) throw DataError(fields.place("vocab"), "has no pieces");
  std::vector<std::optional<std::string>> pieces;
  const std::size_t end = vocab.json().size() + kMaxGaps;
  for (const auto& [piece, id] : vocab.json().items()) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= end) {
      throw DataError(vocab.place(piece), "an id below " + std::to_string(end), id.dump());
    }
    const auto at = id.get<std::size_t>();
    if (at >= pieces.size()) pieces.resize(at + 1);
    if (pieces[at]) {
      throw DataError(vocab.place(piece), "an id of its own",
                      id.dump() + ", which \"" + *pieces[at] + "\" has too");
    }
    pieces[at] = piece;
  }
  return pieces;
}

std::vector<MergeTable::Merge> read_merges(const Fields& fields, const Vocabulary& vocabulary,
                                           const std::string& prefix) {
  std::vector<MergeTable::Merge> merges;
  for (const auto& [left, right, place] : merge_pairs(fields)) {
    const auto id_of = [&, &place = place](const std::string& piece) {
      const auto id = vocabulary.id(piece);
      if (!id) {
        throw DataError(fields.place(place_name(place)), "pieces of the vocabulary",
                        "\"" + piece + "\"");
      }
      return *id;
    };
    if (right.size() < prefix.size()) {
      throw DataError(fields.place(place_name(place)),
                      "a second piece that begins with continuing_subword_prefix",
                      "\"" + right + "\"");
    }
    merges.push_back({MergeTable::to_pair(id_of(left), id_of(right)),
                      static_cast<std::int32_t>(merges.size()),
                      id_of(left + right.substr(prefix.size()))});
  }
  return merges;
}

/// For each merge the last character of its left piece and the first one of its right piece.
std::vector<MergeTable::Merge> read_neighbours(const Fields& fields) {
  std::vector<MergeTable::Merge> pairs;
  for (const auto& [left, right, place] : merge_pairs(fields)) {
    if (left.empty() || right.empty()) continue;
    std::size_t last = previous_start(left, left.size()), first = 0;
    pairs.push_back({MergeTable::to_pair(static_cast<std::int32_t>(next_code_point(left, last)),
                                         static_cast<std::int32_t>(next_code_point(right, first))),
                     0, 0});
  }
  return pairs;
}

}  // namespace

std::vector<MergePair> merge_pairs(const Fields& model) {
  if (!model.has("merges")) throw DataError(model.place("merges"), "is missing");
  const auto& list = model.json()["merges"];
  if (!list.is_array()) throw DataError(model.place("merges"), "a list", list.type_name());
  std::vector<MergePair> pairs;
  pairs.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto& merge = list[i];
    if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
      pairs.push_back({merge[0].get<std::string>(), merge[1].get<std::string>(), i});
      continue;
    }
    const auto* text = merge.get_ptr<const std::string*>();
    const auto space = text != nullptr ? text->find(' ') : std::string::npos;
    if (text != nullptr && text->starts_with("#version")) continue;
    if (space == std::string::npos || text->find(' ', space + 1) != std::string::npos) {
      throw DataError(model.place(place_name(i)), "two pieces", merge.dump().substr(0, 200));
    }
    pairs.push_back({text->substr(0, space), text->substr(space + 1), i});
  }
  return pairs;
}

Bpe::Bpe(const Fields& fields)
    : vocabulary_(read_vocabulary(fields)),
      prefix_(fields.text("continuing_subword_prefix", "")),
      suffix_(fields.text("end_of_word_suffix", "")),
      merges_(read_merges(fields, vocabulary_, prefix_)),
      neighbours_(read_neighbours(fields)),
      characters_(CodePointSet::kEnd, -1),
      fuse_unknown_(fields.flag("fuse_unk", false)),
      byte_fallback_(fields.flag("byte_fallback", false)),
      ignore_merges_(fields.flag("ignore_merges", false)) {
  if (fields.number("dropout", 0) != 0) {
    throw DataError(fields.place("dropout"), "none: the same text must give the same ids",
                    fields.json()["dropout"].dump());
  }
  const std::string unknown = fields.text("unk_token", "");
  if (!unknown.empty()) {
    const auto id = vocabulary_.id(unknown);
    if (!id) {
      throw DataError(fields.place("unk_token"), "a piece of the vocabulary",
                      "\"" + unknown + "\"");
    }
    unknown_ = *id;
  }
  for (std::int32_t id = 0; id < vocabulary_.end(); ++id) {
    const std::string* piece = vocabulary_.piece(id);
    if (piece == nullptr || piece->empty()) continue;
    std::size_t end = 0;
    const char32_t c = next_code_point(*piece, end);
    if (end == piece->size()) characters_[c] = id;
  }
}

std::int32_t Bpe::symbol_id(std::string_view character, char32_t c, bool first, bool last) const {
  const bool prefixed = !first && !prefix_.empty();
  const bool suffixed = last && !suffix_.empty();
  if (!prefixed && !suffixed) return characters_[c];
  std::string text = prefixed ? prefix_ : "";
  text += character;
  if (suffixed) text += suffix_;
  return vocabulary_.id(text).value_or(-1);
}

void Bpe::to_symbols(std::string_view word, Symbols& symbols) const {
  std::vector<std::int32_t> bytes;
  bool pending = false;  // an unknown character that more may be fused with
  const auto flush = [&] {
    if (pending) symbols.add(unknown_);
    pending = false;
  };
  for (std::size_t at = 0; at < word.size();) {
    const std::size_t start = at;
    const char32_t c = next_code_point(word, at);
    const auto character = word.substr(start, at - start);
    const std::int32_t id = symbol_id(character, c, start == 0, at == word.size());
    if (id >= 0) {
      flush();
      symbols.add(id);
      continue;
    }
    bytes.clear();
    if (byte_fallback_) {
      // The bytes are those of the character with its prefix and suffix.
      std::string text = start > 0 ? prefix_ : "";
      text += character;
      if (at == word.size()) text += suffix_;
      if (vocabulary_.append_bytes(text, bytes)) {
        for (const auto byte : bytes) symbols.add(byte);
        continue;
      }
    }
    if (unknown_ < 0) continue;
    if (!fuse_unknown_) flush();
    pending = true;
  }
  flush();
}

std::size_t Bpe::part(std::string_view word) const {
  // A word's first and last character may be others, and a whole word may be a piece.
  if (ignore_merges_ || !prefix_.empty() || !suffix_.empty()) return word.size();
  std::size_t at = 0;
  char32_t left = next_code_point(word, at);
  while (at < word.size()) {
    const std::size_t cut = at;
    const char32_t right = next_code_point(word, at);
    // What is not in the vocabulary may become one with its neighbour, or bytes that are joined.
    const bool known = characters_[left] >= 0 && characters_[right] >= 0;
    if (known && neighbours_.find(static_cast<std::int32_t>(left),
                                  static_cast<std::int32_t>(right)) == nullptr) {
      return cut;
    }
    left = right;
  }
  return word.size();
}

void Bpe::encode(std::string_view word, std::vector<std::int32_t>& out) const {
  if (ignore_merges_) {
    if (const auto id = vocabulary_.id(word)) {
      out.push_back(*id);
      return;
    }
  }
  Symbols symbols;
  to_symbols(word, symbols);
  symbols.join(merges_, [](auto...) {});
  for (const auto& symbol : symbols.list()) {
    if (!symbol.joined) out.push_back(symbol.id);
  }
}

}  // namespace hone::model
