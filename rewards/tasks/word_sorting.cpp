#include "rewards/tasks/word_sorting.h"

#include <algorithm>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"
#include "rewards/tasks/words.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kWordSortingPhrasings[] = {
    "Sort these words alphabetically: {words}. Give the sorted list, separated by commas.",
    "Put the words {words} in alphabetical order. Answer with all of them, separated by commas.",
    "Arrange the following words from A to Z: {words}. Reply with the words only, separated by "
    "commas.",
    "In which order would a dictionary list the words {words}? Write them in that order, with "
    "commas between them."};

class WordSorting final : public Task {
 public:
  explicit WordSorting(const WordSortingConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({",:=abcdefghijklmnopqrstuvwxyz", WordSortingConfig::kType})) {
    require_range("words", config.min_words, config.max_words);
  }

  std::string_view name() const override { return WordSortingConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const auto count =
        static_cast<std::size_t>(random.between(config_.min_words, config_.max_words));
    std::vector<std::string> words;
    while (words.size() < count || std::is_sorted(words.begin(), words.end())) {
      if (words.size() == count) words.clear();
      const std::string word(pick(common_words(), random));
      if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
    }
    const std::string question = join(words, ",");
    std::sort(words.begin(), words.end());
    const nlohmann::json metadata = {{"task", WordSortingConfig::kType}, {"words", count}};
    return {concat(WordSortingConfig::kType, ":", question, "="), join(words, ","),
            metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_list(sample, ','); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kWordSortingPhrasings, number,
                   {{"words", words_answer(question_of(*this, problem))}});
  }

  std::string words_answer(std::string answer) const override {
    return replaced(answer, ",", ", ");
  }

  /// Takes out the first of what is left, again and again; a wrong step takes another word.
  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    std::vector<std::string> left, taken;
    const std::string question = question_of(*this, problem);
    for (const std::string_view word : split_list(question, ',')) left.emplace_back(word);
    std::string think;
    while (!left.empty()) {
      auto place = std::min_element(left.begin(), left.end());
      if (random.chance(options.wrong_steps)) {
        place = left.begin() + static_cast<std::ptrdiff_t>(random.below(left.size()));
      }
      say(think, "Left: ", join(left, ", "), ". First: ", *place);
      taken.push_back(*place);
      left.erase(place);
    }
    const std::string answer = join(taken, ", ");
    say(think, "Sorted: ", answer);
    return completion_text(think, answer);
  }

  WordSortingConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const WordSortingConfig& config) {
  return std::make_unique<WordSorting>(config);
}

}  // namespace hone::rewards
