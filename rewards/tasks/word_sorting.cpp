#include "rewards/tasks/word_sorting.h"

#include <algorithm>

#include "rewards/tasks/common.h"
#include "rewards/tasks/words.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kWordSortingExplanation =
    "What are the words in alphabetical order? Answer with all of them, commas between them.";

class WordSorting final : public Task {
 public:
  explicit WordSorting(const WordSortingConfig& config)
      : config_(config),
        explanation_(config.explain ? kWordSortingExplanation : ""),
        alphabet_(characters_of(
            {",:=abcdefghijklmnopqrstuvwxyz", WordSortingConfig::kType, explanation_})) {
    require_range("words", config.min_words, config.max_words);
  }

  std::string_view name() const override { return WordSortingConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

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
    return {asked(explanation_, WordSortingConfig::kType, ":", question, "="), join(words, ","),
            metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_list(sample, ','); }

 private:
  WordSortingConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const WordSortingConfig& config) {
  return std::make_unique<WordSorting>(config);
}

}  // namespace hone::rewards
