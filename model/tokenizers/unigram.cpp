#include "model/tokenizers/unigram.h"

#include <algorithm>

#include "model/error.h"
#include "model/utf8.h"

namespace hone::model {

namespace {

constexpr double kUnknownPenalty = 10;
// Every position of a text is compared with pieces up to this length.
constexpr std::size_t kMaxPiece = 1024;

std::vector<ByteTrie::Entry> vocabulary_entries(const Vocabulary& vocabulary) {
  std::vector<ByteTrie::Entry> entries;
  for (std::int32_t id = 0; id < vocabulary.end(); ++id) {
    entries.emplace_back(*vocabulary.piece(id), id);
  }
  return entries;
}

}  // namespace

struct Unigram::Scores {
  std::vector<std::optional<std::string>> pieces;
  std::vector<double> scores;

  explicit Scores(const Fields& fields) {
    if (!fields.has("vocab")) throw DataError(fields.place("vocab"), "is missing");
    const auto& list = fields.json()["vocab"];
    if (!list.is_array() || list.empty()) {
      throw DataError(fields.place("vocab"), "a list of pieces with scores", list.type_name());
    }
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto& entry = list[i];
      const bool good =
          entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_number();
      if (!good || entry[0].get_ref<const std::string&>().size() > kMaxPiece) {
        throw DataError(fields.place("vocab[" + std::to_string(i) + "]"),
                        "a piece of at most " + std::to_string(kMaxPiece) + " bytes and its score",
                        entry.dump().substr(0, 100));
      }
      pieces.emplace_back(entry[0].get<std::string>());
      scores.push_back(entry[1].get<double>());
    }
  }
};

Unigram::Unigram(const Fields& fields) : Unigram(fields, Scores(fields)) {}

Unigram::Unigram(const Fields& fields, Scores scores)
    : vocabulary_(std::move(scores.pieces)),
      scores_(std::move(scores.scores)),
      trie_(vocabulary_entries(vocabulary_)),
      unknown_(static_cast<std::int32_t>(fields.integer("unk_id", 0, vocabulary_.end() - 1))),
      unknown_score_(*std::min_element(scores_.begin(), scores_.end()) - kUnknownPenalty),
      byte_fallback_(fields.flag("byte_fallback", false)) {}

void Unigram::encode(std::string_view word, std::vector<std::int32_t>& out) const {
  /// The best way to a position: its last piece and where that begins.
  struct Node {
    double score = 0;
    std::int32_t id = -1;
    std::size_t begin = 0;
  };
  std::vector<Node> best(word.size() + 1);
  for (std::size_t begin = 0; begin < word.size();) {
    std::size_t next = begin;
    next_code_point(word, next);
    const double score = best[begin].score;
    const auto offer = [&](std::size_t end, double sum, std::int32_t id) {
      if (best[end].id < 0 || sum > best[end].score) best[end] = {sum, id, begin};
    };
    bool single = false;  // is there a piece of just this character?
    trie_.prefixes(word.substr(begin), [&](std::size_t length, std::int32_t id) {
      offer(begin + length, scores_[id] + score, id);
      single = single || length == next - begin;
    });
    if (!single) offer(next, unknown_score_ + score, unknown_);
    begin = next;
  }

  std::vector<const Node*> path;
  std::vector<std::size_t> ends;
  for (std::size_t end = word.size(); end > 0; end = best[end].begin) {
    path.push_back(&best[end]);
    ends.push_back(end);
  }
  // Unknown characters in a row are one.
  for (std::size_t i = path.size(); i-- > 0;) {
    if (path[i]->id != unknown_) {
      out.push_back(path[i]->id);
      continue;
    }
    const std::size_t begin = path[i]->begin;
    while (i > 0 && path[i - 1]->id == unknown_) --i;
    add_unknown(word.substr(begin, ends[i] - begin), out);
  }
}

void Unigram::add_unknown(std::string_view text, std::vector<std::int32_t>& out) const {
  if (const auto id = vocabulary_.id(text)) {
    out.push_back(*id);
  } else if (!byte_fallback_ || !vocabulary_.append_bytes(text, out)) {
    out.push_back(unknown_);
  }
}

}  // namespace hone::model
