#include "rewards/tasks/letter_counting.h"

#include <algorithm>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"
#include "rewards/tasks/words.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kLetterCountingPhrasings[] = {
    "How many times does the letter \"{letter}\" appear in the text \"{words}\"? Answer with a "
    "single number.",
    "Count the letter \"{letter}\" in these words: {words}. Give only the number.",
    "In the words below, how often does \"{letter}\" occur in total?\n{words}\nReply with just "
    "the number.",
    "Here are some words: {words}. How many letters \"{letter}\" do they contain altogether? "
    "Answer with a single number.",
    "Find the total number of times that \"{letter}\" is used in \"{words}\". The answer is a "
    "single number."};

class LetterCounting final : public Task {
 public:
  explicit LetterCounting(const LetterCountingConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of(
            {"0123456789:;= abcdefghijklmnopqrstuvwxyz", LetterCountingConfig::kType})) {
    require_range("words", config.min_words, config.max_words);
    require_range("count", config.min_count, config.max_count);
  }

  std::string_view name() const override { return LetterCountingConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

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
    return {concat(LetterCountingConfig::kType, ":", letter, ":", join(words, " "), "="),
            std::to_string(count), metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
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
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(
        kLetterCountingPhrasings, number,
        {{"letter", metadata_of<std::string>(*this, problem, "letter")},
         {"words", join(metadata_of<std::vector<std::string>>(*this, problem, "words"), " ")}});
  }

  /// `apple: a p p l e (1). tree: t r e (2) e (3).`
  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const char letter = metadata_of<std::string>(*this, problem, "letter").at(0);
    std::string think;
    std::int64_t count = 0;
    for (const auto& word : metadata_of<std::vector<std::string>>(*this, problem, "words")) {
      std::string letters;
      for (const char c : word) {
        letters += concat(' ', c);
        if (c != letter) continue;
        count = slip(count + 1, options.wrong_steps, random, 0);
        letters += concat(" (", count, ')');
      }
      say(think, word, ':', letters);
    }
    say(think, "So the count is ", count);
    return completion_text(think, std::to_string(count));
  }

  LetterCountingConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const LetterCountingConfig& config) {
  return std::make_unique<LetterCounting>(config);
}

}  // namespace hone::rewards
