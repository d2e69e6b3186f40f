#include "rl/sft_data.h"

#include <stdexcept>

#include "model/error.h"
#include "rl/chat.h"
#include "rl/mixed_sources.h"
#include "rl/worked_solutions.h"
#include "rollout/problems.h"
#include "rollout/rollout_io.h"
#include "rollout/shuffle.h"

namespace hone::rl {
namespace {

class TaskTraces : public TextPairs {
 public:
  TaskTraces(const TextsConfig& config, std::uint64_t seed)
      : task_(rewards::make_task(*config.task)),
        options_{config.long_share, config.wrong_steps, config.mixed_steps, config.short_answers},
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
  FilePairs(const TextsConfig& config, std::uint64_t seed)
      : rows_(rollout::read_dataset({.path = config.path,
                                     .prompt_column = config.prompt_column,
                                     .answer_column = config.completion_column,
                                     .extract = rollout::Extract::kNone},
                                    seed)) {}

  TextPair at(std::uint64_t position) const override {
    const rollout::Problem row = rows_->at(position);
    return {row.prompt, row.answer};
  }
  std::uint64_t size() const override { return rows_->size(); }
  std::string place(std::uint64_t position) const override { return rows_->place(position); }

 private:
  std::shared_ptr<const rollout::ProblemSource> rows_;
};

/// Recorded rollouts. One that was cut off has no end to be learnt, and is left out.
class RecordedPairs : public TextPairs {
 public:
  RecordedPairs(const TextsConfig& config, std::uint64_t seed) : seed_(seed) {
    for (const std::filesystem::path& file : rollout::rollout_files(config.rollouts)) {
      for (rollout::LoggedRollout& logged : rollout::read_rollouts(file)) {
        rollout::Rollout& rollout = logged.rollout;
        if (rollout.finish == rollout::Finish::kLength) continue;
        if (config.min_reward && rollout.reward < *config.min_reward) continue;
        pairs_.push_back({std::move(rollout.prompt), std::move(rollout.completion), rollout.chat});
        places_.push_back(file.string() + ":" + std::to_string(logged.line));
      }
    }
    if (!pairs_.empty()) return;
    throw DataError(
        config.rollouts,
        "at least one rollout that ended by itself" +
            (config.min_reward ? " with a reward of at least " + std::to_string(*config.min_reward)
                               : std::string()),
        "none");
  }

  TextPair at(std::uint64_t position) const override {
    return pairs_[rollout::shuffled(position, pairs_.size(), seed_)];
  }
  std::uint64_t size() const override { return pairs_.size(); }
  std::string place(std::uint64_t position) const override {
    return places_[rollout::shuffled(position, places_.size(), seed_)];
  }

 private:
  std::vector<TextPair> pairs_;
  std::vector<std::string> places_;
  std::uint64_t seed_;
};

using PairSource = std::unique_ptr<const TextPairs>;

class MixedPairs : public TextPairs {
 public:
  explicit MixedPairs(MixedSources<PairSource> sources) : sources_(std::move(sources)) {}

  TextPair at(std::uint64_t position) const override {
    const auto place = sources_.at(position);
    return sources_[place.source]->at(place.index);
  }
  std::uint64_t size() const override { return sources_.size(); }
  std::string place(std::uint64_t position) const override { return sources_.place(position); }
  std::vector<const TextPairs*> parts() const override {
    std::vector<const TextPairs*> parts;
    for (const PairSource& source : sources_.all()) parts.push_back(source.get());
    return parts;
  }

 private:
  MixedSources<PairSource> sources_;
};

PairSource open_pairs(const TextsConfig& config, std::uint64_t seed) {
  if (config.task) return std::make_unique<TaskTraces>(config, seed);
  if (!config.rollouts.empty()) return std::make_unique<RecordedPairs>(config, seed);
  if (config.dataset) return open_worked_solutions(config, seed);
  return std::make_unique<FilePairs>(config, seed);
}

}  // namespace

std::vector<TextsConfig> sources_of(const SftDataConfig& config) {
  if (config.mix.empty()) return {config};
  return {config.mix.begin(), config.mix.end()};
}

SftDataConfig with_rollouts(
    SftDataConfig config,
    const std::function<std::filesystem::path(const std::string& name)>& resolve) {
  const auto apply = [&](TextsConfig& source) {
    if (!source.rollouts.empty()) source.rollouts = resolve(source.rollouts).string();
  };
  apply(config);
  for (WeightedTexts& source : config.mix) apply(source);
  return config;
}

PairSource open_text_pairs(const SftDataConfig& config, std::uint64_t seed,
                           const std::filesystem::path& model) {
  const auto open = [&](const TextsConfig& source, std::uint64_t own_seed) {
    PairSource pairs = open_pairs(source, own_seed);
    return source.chat ? as_conversations(std::move(pairs), *source.chat, model) : std::move(pairs);
  };
  if (config.mix.empty()) return open(config, seed);
  return std::make_unique<MixedPairs>(MixedSources<PairSource>(config.mix, seed, open));
}

std::vector<std::string> tokenizer_texts(const TextPairs& pairs) {
  constexpr std::uint64_t kExamples = 4096;  // of data without end: enough to show every character
  std::vector<std::string> texts;
  for (const TextPairs* part : pairs.parts()) {
    const std::uint64_t count = part->size() == 0 ? kExamples : part->size();
    for (std::uint64_t i = 0; i < count; ++i) {
      const TextPair pair = part->at(i);
      texts.push_back(pair.prompt + pair.completion);
    }
  }
  return texts;
}

}  // namespace hone::rl
