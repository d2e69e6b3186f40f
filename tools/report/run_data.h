#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hone::tools {

/// (step, value) of a metric over a stage; steps whose value was not finite are left out.
using Curve = std::vector<std::pair<double, double>>;

/// A completion as a rollouts file records it. All text is a model's or a user's: escape it.
struct SampleData {
  std::int64_t step = 0;
  std::int64_t sample = 0;
  std::string prompt;
  std::string completion;
  std::string answer;
  std::string finish_reason;
  std::int64_t tokens = 0;
  double reward = 0;
  std::vector<std::pair<std::string, double>> rewards;
  std::map<std::string, std::string> details;
};

struct StageData {
  std::string name;
  std::string type;               // empty if not known yet
  std::optional<double> seconds;  // none: not finished
  std::int64_t steps = 0;         // the last one logged
  std::map<std::string, Curve> curves;
  std::string recipe;
  std::filesystem::path folder;
};

/// "80 steps"; "samples drawn" of a stage that takes none.
std::string steps_text(const StageData& stage);

/// A model's row of the final table. `numbers` holds every figure of it under its name.
struct EvalData {
  std::string model;
  std::vector<std::pair<std::string, double>> numbers;

  std::optional<double> get(const std::string& name) const;
};

/// What a run folder holds so far.
struct RunData {
  std::string name;
  std::optional<double> seconds;  // none: not finished
  std::vector<StageData> stages;
  std::vector<EvalData> evals;
  std::vector<std::string> warnings;  // what could not be read
};

/// Reads a run folder, finished or not. What is damaged inside it becomes a warning.
/// Throws: DataError if the folder is no run.
RunData read_run(const std::filesystem::path& folder);

/// Completions of a stage from at most `max_files` of its rollouts files, evenly spread and the
/// first and last among them. Damaged lines become warnings.
std::vector<SampleData> read_samples(const StageData& stage, std::size_t max_files,
                                     std::vector<std::string>& warnings);

}  // namespace hone::tools
