#include "tools/report/run_data.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "model/error.h"

namespace hone::tools {
namespace fs = std::filesystem;
using json = nlohmann::ordered_json;
namespace {

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Calls `take` with every line's object; lines that are none are counted in a warning.
template <class Take>
void for_each_line(const fs::path& path, std::vector<std::string>& warnings, Take take) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  std::size_t damaged = 0, first = 0, number = 0;
  while (std::getline(file, line)) {
    ++number;
    if (line.empty()) continue;
    bool good = false;
    if (const json row = json::parse(line, nullptr, false); row.is_object()) {
      try {
        take(row);
        good = true;
      } catch (const json::exception&) {  // a field of another type than we write
      }
    }
    if (!good && damaged++ == 0) first = number;
  }
  if (damaged > 0) {
    warnings.push_back(path.string() + ": " + std::to_string(damaged) +
                       (damaged == 1 ? " line" : " lines") +
                       " could not be read (the first is line " + std::to_string(first) + ") and " +
                       (damaged == 1 ? "is" : "are") + " left out");
  }
}

void read_metrics(StageData& stage, std::vector<std::string>& warnings) {
  for_each_line(stage.folder / "metrics.jsonl", warnings, [&](const json& row) {
    const auto step = row.at("step").get<std::int64_t>();
    for (const auto& [name, value] : row.items()) {
      // The last weights may be looked at on a line of their own: that is no step.
      const bool look = name == "step" || name.starts_with("eval/");
      if (!look) stage.steps = std::max(stage.steps, step);
      if (name == "step" || !value.is_number()) continue;
      stage.curves[name].emplace_back(static_cast<double>(step), value.get<double>());
    }
  });
}

StageData read_stage(const fs::path& folder, std::vector<std::string>& warnings) {
  StageData stage;
  stage.name = folder.filename().string();
  stage.folder = folder;
  stage.recipe = read_text(folder / "recipe.toml");
  read_metrics(stage, warnings);
  return stage;
}

bool is_stage(const fs::path& folder) {
  return fs::is_directory(folder) &&
         (fs::exists(folder / "metrics.jsonl") || fs::exists(folder / "recipe.toml"));
}

/// Name, type and seconds of the stages, and the evaluations, as far as the run has come.
void read_summary(const fs::path& folder, RunData& run) {
  const fs::path path = folder / "summary.json";
  if (!fs::exists(path)) return;
  try {
    const json summary = json::parse(read_text(path));
    run.name = summary.value("name", run.name);
    if (summary.contains("seconds")) run.seconds = summary["seconds"].get<double>();
    const json stages = summary.value("stages", json::array());
    for (const json& item : stages) {
      StageData stage;
      stage.name = item.at("name").get<std::string>();
      stage.type = item.value("type", "");
      if (item.contains("seconds")) stage.seconds = item["seconds"].get<double>();
      run.stages.push_back(std::move(stage));
    }
    const json evals = summary.value("evals", json::array());
    for (const json& item : evals) {
      EvalData eval;
      eval.model = item.at("model").get<std::string>();
      for (const auto& [name, value] : item.items()) {
        if (value.is_number()) eval.numbers.emplace_back(name, value.get<double>());
      }
      run.evals.push_back(std::move(eval));
    }
  } catch (const json::exception&) {
    run.warnings.push_back(path.string() + ": damaged; what it says is left out");
  }
}

/// The stage folders that the summary does not list yet, oldest first.
std::vector<fs::path> unlisted_stages(const fs::path& folder, const RunData& run) {
  std::vector<std::pair<fs::file_time_type, fs::path>> found;
  for (const auto& item : fs::directory_iterator(folder)) {
    const std::string name = item.path().filename().string();
    const bool listed = std::any_of(run.stages.begin(), run.stages.end(),
                                    [&](const StageData& stage) { return stage.name == name; });
    if (listed || name.starts_with(".") || !is_stage(item.path())) continue;
    const fs::path metrics = item.path() / "metrics.jsonl";
    const fs::path dated = fs::exists(metrics) ? metrics : item.path() / "recipe.toml";
    found.emplace_back(fs::last_write_time(dated), item.path());
  }
  std::sort(found.begin(), found.end());
  std::vector<fs::path> paths;
  for (const auto& [time, path] : found) paths.push_back(path);
  return paths;
}

SampleData to_sample(const json& row) {
  SampleData sample;
  sample.step = row.at("step").get<std::int64_t>();
  sample.sample = row.value("sample", std::int64_t{0});
  sample.prompt = row.at("prompt").get<std::string>();
  sample.completion = row.at("completion").get<std::string>();
  sample.answer = row.value("answer", "");
  sample.finish_reason = row.value("finish_reason", "");
  sample.tokens = static_cast<std::int64_t>(row.value("completion_ids", json::array()).size());
  if (row.contains("reward") && row["reward"].is_number())
    sample.reward = row["reward"].get<double>();
  const json rewards = row.value("rewards", json::object());
  for (const auto& [name, value] : rewards.items()) {
    if (value.is_number()) sample.rewards.emplace_back(name, value.get<double>());
  }
  const json details = row.value("details", json::object());
  for (const auto& [name, value] : details.items()) {
    if (value.is_string()) sample.details[name] = value.get<std::string>();
  }
  return sample;
}

}  // namespace

std::string steps_text(const StageData& stage) {
  if (stage.type == "rejection") return "samples drawn";
  return std::to_string(stage.steps) + " steps";
}

std::optional<double> EvalData::get(const std::string& name) const {
  for (const auto& [key, value] : numbers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

RunData read_run(const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    throw DataError(folder.string(), "a run folder",
                    fs::exists(folder) ? "a file" : "nothing there");
  }
  const fs::path clean = fs::absolute(folder).lexically_normal();
  RunData run;
  run.name = (clean.has_filename() ? clean : clean.parent_path()).filename().string();
  read_summary(folder, run);
  for (StageData& stage : run.stages) {
    const fs::path path = folder / stage.name;
    if (!is_stage(path)) {
      run.warnings.push_back(path.string() + ": the stage's folder is missing");
      continue;
    }
    StageData found = read_stage(path, run.warnings);
    found.type = stage.type;
    found.seconds = stage.seconds;
    stage = std::move(found);
  }
  for (const fs::path& path : unlisted_stages(folder, run)) {
    run.stages.push_back(read_stage(path, run.warnings));
  }
  if (run.stages.empty() && run.evals.empty()) {
    throw DataError(folder.string(), "a run folder (summary.json, and a folder a stage)",
                    "a folder without them");
  }
  return run;
}

std::vector<SampleData> read_samples(const StageData& stage, std::size_t max_files,
                                     std::vector<std::string>& warnings) {
  std::vector<fs::path> files;
  std::error_code none;
  // Probes are the same problems again and again: where there are some, they show more.
  const bool probes = !fs::is_empty(stage.folder / "probes", none) && !none;
  const fs::path folder = stage.folder / (probes ? "probes" : "rollouts");
  for (const auto& item : fs::directory_iterator(folder, none)) {
    if (item.path().extension() == ".jsonl") files.push_back(item.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<SampleData> samples;
  const std::size_t n = std::min(max_files, files.size());
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t at = n == 1 ? 0 : i * (files.size() - 1) / (n - 1);
    for_each_line(files[at], warnings, [&](const json& row) { samples.push_back(to_sample(row)); });
  }
  return samples;
}

}  // namespace hone::tools
