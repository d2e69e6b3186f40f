#include "rewards/repetition_penalty.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "rewards/hash.h"
#include "rewards/unicode.h"

namespace hone::rewards {
namespace {

struct MixedHash {
  std::size_t operator()(std::uint64_t key) const { return mix64(key); }
};

/// Numbers what it is given in the order of first sight: equal things have equal numbers.
template <class Key, class Hash = std::hash<Key>>
class Numbering {
 public:
  std::uint64_t of(const Key& key) {
    return numbers_.try_emplace(key, numbers_.size()).first->second;
  }
  std::size_t distinct() const { return numbers_.size(); }

 private:
  std::unordered_map<Key, std::uint64_t, Hash> numbers_;
};

std::vector<std::uint64_t> characters_of(std::string_view text) {
  std::vector<std::uint64_t> characters;
  for (std::size_t at = 0; at < text.size();) {
    characters.push_back(static_cast<std::uint32_t>(lower_case(next_code_point(text, at))));
  }
  return characters;
}

std::vector<std::uint64_t> words_of(std::string_view text) {
  std::vector<std::uint64_t> words;
  Numbering<std::u32string> numbers;
  std::u32string word;
  const auto finish = [&] {
    if (!word.empty()) words.push_back(numbers.of(word));
    word.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = next_code_point(text, at);
    if (is_white_space(c)) {
      finish();
    } else {
      word += static_cast<char32_t>(lower_case(c));
    }
  }
  finish();
  return words;
}

/// Numbers each pair of units that stand `step` apart, in place; the last ones have no partner.
/// Returns how many different pairs there are.
std::size_t join_pairs(std::vector<std::uint64_t>& units, std::size_t step) {
  Numbering<std::uint64_t, MixedHash> pairs;
  for (std::size_t i = 0; i + step < units.size(); ++i) {
    units[i] = pairs.of(units[i] << 32 | units[i + step]);
  }
  units.resize(units.size() - step);
  return pairs.distinct();
}

/// How many different runs of n units there are. Runs of 1, 2, 4, ... are numbered from pairs of
/// shorter ones, and at last two that overlap make n: exact, in time that hardly grows with n.
std::size_t distinct_ngrams(std::vector<std::uint64_t> units, std::size_t n) {
  std::size_t distinct = n == 1 ? join_pairs(units, 0) : 0;
  for (std::size_t size = 1; size < n;) {
    const std::size_t step = std::min(size, n - size);
    distinct = join_pairs(units, step);
    size += step;
  }
  return distinct;
}

/// Different n-grams, and all; none where the text is too short.
struct NgramCounts {
  std::size_t distinct = 0;
  std::size_t all = 0;
  double repeated() const {
    return all == 0 ? 0 : 1 - static_cast<double>(distinct) / static_cast<double>(all);
  }
};

std::vector<std::uint64_t> units_of(const Sample& sample, RepetitionUnit unit) {
  if (unit == RepetitionUnit::kWords) return words_of(sample.completion);
  if (unit == RepetitionUnit::kCharacters) return characters_of(sample.completion);
  std::vector<std::uint64_t> tokens;
  for (const std::int32_t id : sample.completion_ids) {
    tokens.push_back(static_cast<std::uint32_t>(id));
  }
  return tokens;
}

NgramCounts count_ngrams(const Sample& sample, RepetitionUnit unit, std::int64_t size) {
  auto units = units_of(sample, unit);
  const auto n = static_cast<std::size_t>(size);
  if (size < 1 || units.size() < n) return {};
  const std::size_t all = units.size() - n + 1;
  return {distinct_ngrams(std::move(units), n), all};
}

class RepetitionReward final : public Reward {
 public:
  explicit RepetitionReward(const RepetitionConfig& config) : config_(config) {}

  Score score(const Sample& sample) const override {
    if (config_.unit == RepetitionUnit::kTokens && sample.completion_ids.empty()) {
      return {0, Status::kAbstain, "the tokens are not known"};
    }
    const NgramCounts counts = count_ngrams(sample, config_.unit, config_.ngram_size);
    if (counts.all == 0) return {0, Status::kCorrect, "too short to repeat anything"};
    const std::string detail = std::to_string(counts.distinct) + " of " +
                               std::to_string(counts.all) + " " +
                               std::to_string(config_.ngram_size) + "-grams are distinct";
    if (counts.distinct == counts.all) return {0, Status::kCorrect, detail};
    return {counts.repeated() * config_.max_penalty, Status::kWrong, detail};
  }

 private:
  RepetitionConfig config_;
};

}  // namespace

double repeated_share(const Sample& sample, RepetitionUnit unit, std::int64_t n) {
  return count_ngrams(sample, unit, n).repeated();
}

std::unique_ptr<Reward> make_reward(const RepetitionConfig& config) {
  return std::make_unique<RepetitionReward>(config);
}

}  // namespace hone::rewards
