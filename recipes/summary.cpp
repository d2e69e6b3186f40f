#include "recipes/summary.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/durable.h"

namespace hone::recipes {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// The file's JSON; null where there is none, or none that can be read.
Json read_json(const fs::path& path) {
  std::ifstream stream(path);
  if (!stream) return nullptr;
  Json json = Json::parse(stream, nullptr, false);
  return json.is_discarded() ? Json(nullptr) : json;
}

}  // namespace

Seconds read_seconds(const fs::path& stage_folder) {
  const Json json = read_json(stage_folder / "seconds.json");
  Seconds seconds;
  if (json.is_object()) {
    seconds.train = json.value("train", 0.0);
    seconds.eval = json.value("eval", 0.0);
  }
  return seconds;
}

void write_seconds(const Seconds& seconds, const fs::path& stage_folder) {
  const Json json = {{"train", seconds.train}, {"eval", seconds.eval}};
  model::write_file_atomic(stage_folder / "seconds.json", json.dump() + "\n");
}

std::string eval_json(const std::string& model, std::int64_t parameters,
                      const rl::EvalResult& result) {
  Json json = {{"model", model},
               {"parameters", parameters},
               {"problems", result.problems},
               {"samples", result.samples},
               {"pass@1", result.pass_at_1},
               {"pass@1_stderr", result.pass_at_1_stderr},
               {"greedy", result.greedy},
               {"greedy_stderr", result.greedy_stderr}};
  for (const auto& [k, value] : result.pass_at_k) {
    if (k > 1) json["pass@" + std::to_string(k)] = value;
  }
  json["maj@" + std::to_string(result.samples)] = result.maj_at_k;
  json["format"] = result.format;
  json["mean_length"] = result.mean_length;
  json["truncated"] = result.truncated;
  // A mean of nothing is null: JSON has no NaN.
  for (const auto& [name, mean] : result.rewards) json["rewards/" + name] = mean;
  for (const auto& [name, share] : result.source_pass_at_1) json["pass@1/" + name] = share;
  return json.dump(2);
}

std::string eval_sentence(const rl::EvalResult& result) {
  std::array<char, 200> text{};
  std::snprintf(text.data(), text.size(),
                "on %lld held-out problems: pass@1 %.3f (standard error %.3f), greedy %.3f, format "
                "%.3f, mean length %.1f tokens",
                static_cast<long long>(result.problems), result.pass_at_1, result.pass_at_1_stderr,
                result.greedy, result.format, result.mean_length);
  return text.data();
}

void write_summary(const Recipe& recipe, const fs::path& run) {
  double total = 0;
  Json stages = Json::array();
  Json evals = Json::array();
  for (const Stage& stage : recipe.stages) {
    const fs::path folder = run / stage.name;
    const Seconds seconds = read_seconds(folder);
    total += seconds.train + seconds.eval;
    if (!fs::is_directory(folder / stage_result(stage))) continue;
    stages.push_back({{"name", stage.name},
                      {"type", stage_type(stage)},
                      {"seconds", seconds.train},
                      {"eval_seconds", seconds.eval}});
    Json eval = read_json(folder / "eval.json");
    if (eval.is_object()) evals.push_back(std::move(eval));
  }
  const Json summary = {
      {"name", recipe.name}, {"seconds", total}, {"stages", stages}, {"evals", evals}};
  model::write_file_atomic(run / "summary.json", summary.dump(2) + "\n");
}

}  // namespace hone::recipes
