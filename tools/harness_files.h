#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "rl/evaluate.h"

namespace hone::tools {

/// What was measured, as lm-evaluation-harness is told.
struct HarnessRun {
  std::string model;
  std::int64_t parameters = 0;
  std::chrono::system_clock::time_point start;
  const rl::EvalResult& result;
  const rl::Completions& completions;
  const rl::MeasureConfig& config;
  std::string text_path;  // of result.text
};

/// Writes results_TIME.json and, where problems were answered, samples_TASK_TIME.jsonl into the
/// folder, which is made if it is not there. Returns their paths. Each reading is a filter:
/// last_number is the harness's `flexible-extract`, hash its `strict-match`, auto is `none`, with
/// `acc` for `exact_match`. Throws: DataError if they cannot be written.
/// Source: lm-evaluation-harness 0.4.13, loggers/evaluation_tracker.py.
/// Differs: the figures are means over samples at the temperature given; the greedy ones have
/// metrics of their own; a sample's metric is the share of its completions that are right.
std::vector<std::filesystem::path> write_harness_files(const std::filesystem::path& folder,
                                                       const HarnessRun& run);

}  // namespace hone::tools
