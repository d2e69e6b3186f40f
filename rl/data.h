#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rewards/tasks/tasks.h"
#include "rl/chat_config.h"
#include "rollout/problems.h"

namespace hone::rl {

/// One source of problems: a procedural task, or a JSONL file. Exactly one of them.
struct ProblemsConfig {
  std::optional<rewards::TaskConfig> task;
  std::optional<rollout::DatasetConfig> dataset;
  std::optional<ChatConfig> chat = std::nullopt;

  template <class V>
  void fields(V& v) {
    v("task", task, "a procedural family of problems");
    v("dataset", dataset, "a JSONL file of problems");
    v("chat", chat, "each problem goes through the model's chat template; by default as it is");
  }
};

/// A source with its share of a mixture.
struct WeightedProblems : ProblemsConfig {
  double weight = 1.0;

  template <class V>
  void fields(V& v) {
    v("weight", weight, "share of the mixture, beside the others' weights; 0 leaves it out", 0.0,
      1e6);
    ProblemsConfig::fields(v);
  }
};

/// Where a stage's problems come from: a task, a file, or a mixture of them. Exactly one of them.
struct DataConfig : ProblemsConfig {
  std::vector<WeightedProblems> mix;
  bool shuffled_answers = false;

  template <class V>
  void fields(V& v) {
    ProblemsConfig::fields(v);
    v("mix", mix, "several sources in fixed shares, instead of one");
    v("shuffled_answers", shuffled_answers,
      "a control: each training problem is judged by the answer of another one of its source");
  }
};

/// The source itself, or those of the mixture, in the recipe's order.
std::vector<ProblemsConfig> sources_of(const DataConfig& config);

/// The task's name, or the file's path.
std::string source_name(const ProblemsConfig& source);

/// source_name() of each source, told apart by -2, -3, ... where it is another's too.
std::vector<std::string> source_names(const DataConfig& config);

/// True if the data have a held-out split of their own, as tasks do and files do not.
bool has_held_out(const DataConfig& config);

/// The problems of a split; a file has no splits of its own and gives all of them. A problem of a
/// mixture carries its source's number, from 0, as "mix" in its metadata. `shuffled_answers` is
/// about the training split: held-out problems keep their own answers (see shuffled_answers.h).
/// `model` is the checkpoint whose chat template a source with `chat` goes through.
/// Throws: DataError for a bad file, or a template that cannot be used.
std::shared_ptr<const rollout::ProblemSource> open_problems(
    const DataConfig& config, rewards::Split split, std::uint64_t seed,
    const std::filesystem::path& model = {});

/// Which source of a mixture a problem with this metadata came from; 0 where it does not say.
std::size_t source_of(const std::string& metadata);

}  // namespace hone::rl
