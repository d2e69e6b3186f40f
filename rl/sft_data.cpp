#include "rl/sft_data.h"

#include "rollout/problems.h"

namespace hone::rl {
namespace {

class TaskTraces : public TextPairs {
 public:
  TaskTraces(const SftDataConfig& config, std::uint64_t seed)
      : task_(rewards::make_task(*config.task)),
        options_{config.long_share, config.wrong_steps},
        seed_(seed) {}

  TextPair at(std::uint64_t position) const override {
    const rewards::TaskProblem problem =
        rewards::task_problem(*task_, rewards::Split::kTrain, seed_, position);
    constexpr std::uint64_t kTraceStream = 1;  // apart from the stream that made the problem
    rewards::Random random({seed_, position, kTraceStream});
    return {problem.prompt, task_->trace(problem, options_, random)};
  }
  std::uint64_t size() const override { return 0; }

 private:
  std::unique_ptr<rewards::Task> task_;
  rewards::TraceOptions options_;
  std::uint64_t seed_;
};

/// A file of prompts and completions, which a problem's question and answer stand for.
class FilePairs : public TextPairs {
 public:
  FilePairs(const SftDataConfig& config, std::uint64_t seed)
      : rows_(rollout::read_dataset(
            {config.path, config.prompt_column, config.completion_column, "{prompt}"}, seed,
            rollout::AnswerText::kWhole)) {}

  TextPair at(std::uint64_t position) const override {
    const rollout::Problem row = rows_->at(position);
    return {row.prompt, row.answer};
  }
  std::uint64_t size() const override { return rows_->size(); }
  std::string place(std::uint64_t position) const override { return rows_->place(position); }

 private:
  std::shared_ptr<const rollout::ProblemSource> rows_;
};

}  // namespace

std::unique_ptr<const TextPairs> open_text_pairs(const SftDataConfig& config, std::uint64_t seed) {
  if (config.task) return std::make_unique<TaskTraces>(config, seed);
  return std::make_unique<FilePairs>(config, seed);
}

std::vector<std::string> tokenizer_texts(const TextPairs& pairs) {
  constexpr std::uint64_t kExamples = 4096;  // of data without end: enough to show every character
  const std::uint64_t count = pairs.size() == 0 ? kExamples : pairs.size();
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; i < count; ++i) {
    const TextPair pair = pairs.at(i);
    texts.push_back(pair.prompt + pair.completion);
  }
  return texts;
}

}  // namespace hone::rl
