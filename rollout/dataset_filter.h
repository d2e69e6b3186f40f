#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace hone::rollout {

/// Tells problems that were there before: questions that are equal but for ASCII case and white
/// space. Remembers 16 bytes of each.
class SeenProblems {
 public:
  enum class Seen { kNo, kSame, kOtherAnswer };
  /// Whether the question was asked before, and if so with which answer; remembers a new one.
  Seen add(std::string_view question, std::string_view answer);

 private:
  std::unordered_map<std::uint64_t, std::uint64_t> answers_;  // by the hash of the question
};

/// Tells problems that share a run of words with evaluation problems.
/// Source: open-r1, scripts/decontaminate.py (8 words); DeepSeek-R1 (2501.12948), 10 words.
/// Differs: a question of fewer words than a run is looked for as a whole; ASCII case only.
class EvaluationWords {
 public:
  explicit EvaluationWords(std::int64_t ngram) : ngram_(ngram) {}

  void add(std::string_view question);
  bool shares_words_with(std::string_view question) const;

 private:
  std::size_t ngram_;
  std::unordered_set<std::uint64_t> ngrams_;  // hashes
  std::unordered_set<std::uint64_t> short_questions_;
};

}  // namespace hone::rollout
