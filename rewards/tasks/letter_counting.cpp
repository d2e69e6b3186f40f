#include "rewards/tasks/letter_counting.h"

#include <algorithm>

#include "rewards/tasks/common.h"
#include "rewards/tasks/words.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kLetterCountingExplanation = "How often is the letter in the words?";

class LetterCounting final : public Task {
 public:
  explicit LetterCounting(const LetterCountingConfig& config)
      : config_(config),
        explanation_(config.explain ? kLetterCountingExplanation : ""),
        alphabet_(characters_of({"0123456789:;= abcdefghijklmnopqrstuvwxyz",
                                 LetterCountingConfig::kType, explanation_})) {
    require_range("words", config.min_words, config.max_words);
    require_range("count", config.min_count, config.max_count);
  }

  std::string_view name() const override { return LetterCountingConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const std::span<const std::string_view> all = common_words();
    const char letter = pick(pick(all, random), random);
    const std::int64_t count = random.between(config_.min_count, config_.max_count);
    const std::int64_t size = random.between(config_.min_words, config_.max_words);
    std::vector<std::string> words;
    for (std::int64_t left = count; left > 0;) {
      const std::string_view word = pick(all, random);
      const std::int64_t here = std::count(word.begin(), word.end(), letter);
      if (here == 0 || here > left) continue;
      words.emplace_back(word);
      left -= here;
    }
    while (static_cast<std::int64_t>(words.size()) < size) {
      const std::string_view word = pick(all, random);
      if (word.find(letter) == std::string_view::npos) words.emplace_back(word);
    }
    shuffle(words, random);
    const nlohmann::json metadata = {{"task", LetterCountingConfig::kType},
                                     {"letter", std::string(1, letter)},
                                     {"words", words}};
    return {
        asked(explanation_, LetterCountingConfig::kType, ":", letter, ":", join(words, " "), "="),
        std::to_string(count), metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const auto letter = metadata_of<std::string>(*this, problem, "letter");
    std::string think;
    std::int64_t count = 0;
    for (const auto& word : metadata_of<std::vector<std::string>>(*this, problem, "words")) {
      count += std::count(word.begin(), word.end(), letter.at(0));
      count = slip(count, options.wrong_steps, random, 0);
      add_step(think, word, ":", count);
    }
    return completion_text(think, std::to_string(count));
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  LetterCountingConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const LetterCountingConfig& config) {
  return std::make_unique<LetterCounting>(config);
}

}  // namespace hone::rewards
