#pragma once

#include <cstdint>

#include "rollout/problems.h"

namespace hone::rl {

/// What is wrong with a data set, as far as can be told before anything is trained on it.
struct DatasetLint {
  rollout::DatasetReport report;
  std::int64_t problems = 0;        // that a stage would be given
  std::int64_t longest_prompt = 0;  // in bytes
  /// Reference answers that are not right by their own verifier: whoever gives exactly this answer
  /// is told that it is wrong.
  rollout::DatasetReport::Finding unverified;
  rollout::DatasetReport::Finding not_of_type;  // no number, or no whole one, where one is declared
};

/// Throws: DataError as read_dataset() does for what is no matter of single lines.
DatasetLint lint_dataset(const rollout::DatasetConfig& config);

}  // namespace hone::rl
