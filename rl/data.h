#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "rewards/tasks/tasks.h"
#include "rollout/problems.h"

namespace hone::rl {

/// Where a stage's problems come from: a procedural task, or a JSONL file. Exactly one of them.
struct DataConfig {
  std::optional<rewards::TaskConfig> task;
  std::optional<rollout::DatasetConfig> dataset;

  template <class V>
  void fields(V& v) {
    v("task", task, "a procedural family of problems");
    v("dataset", dataset, "a JSONL file of problems");
  }
};

/// The problems of a split; a file has no splits of its own and gives all of them.
/// Throws: DataError for a bad file.
std::shared_ptr<const rollout::ProblemSource> open_problems(const DataConfig& config,
                                                            rewards::Split split,
                                                            std::uint64_t seed);

}  // namespace hone::rl
