#include "rollout/dataset_filter.h"

#include <xxhash.h>

#include <vector>

namespace hone::rollout {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::uint64_t hash_of(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

/// The text in lower case, one space between words and none around, and where each word begins.
struct Words {
  std::string text;
  std::vector<std::size_t> begins;

  explicit Words(std::string_view raw) {
    bool inside = false;
    for (const char c : raw) {
      if (is_space(c)) {
        inside = false;
        continue;
      }
      if (!inside) {
        if (!text.empty()) text += ' ';
        begins.push_back(text.size());
      }
      inside = true;
      text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }

  /// `count` words from this one on.
  std::string_view run(std::size_t first, std::size_t count) const {
    const std::size_t end = first + count < begins.size() ? begins[first + count] - 1 : text.size();
    return std::string_view(text).substr(begins[first], end - begins[first]);
  }
};

}  // namespace

SeenProblems::Seen SeenProblems::add(std::string_view question, std::string_view answer) {
  const std::uint64_t own = hash_of(answer);
  const auto [found, is_new] = answers_.emplace(hash_of(Words(question).text), own);
  if (is_new) return Seen::kNo;
  return found->second == own ? Seen::kSame : Seen::kOtherAnswer;
}

void EvaluationWords::add(std::string_view question) {
  const Words words(question);
  const std::size_t count = words.begins.size();
  if (count < ngram_) short_questions_.insert(hash_of(words.text));
  for (std::size_t i = 0; i + ngram_ <= count; ++i) ngrams_.insert(hash_of(words.run(i, ngram_)));
}

bool EvaluationWords::shares_words_with(std::string_view question) const {
  const Words words(question);
  const std::size_t count = words.begins.size();
  if (count < ngram_) return short_questions_.contains(hash_of(words.text));
  for (std::size_t i = 0; i + ngram_ <= count; ++i) {
    if (ngrams_.contains(hash_of(words.run(i, ngram_)))) return true;
  }
  return false;
}

}  // namespace hone::rollout
