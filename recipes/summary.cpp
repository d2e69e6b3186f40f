#include "recipes/summary.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "model/durable.h"
#include "recipes/start_model.h"

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

void write_summary(const Recipe& recipe, const fs::path& run) {
  double total = 0;
  Json stages = Json::array();
  Json evals = Json::array();
  if (recipe.eval && recipe.eval->start) {
    total += read_seconds(run / kStartName).eval;
    Json eval = read_json(run / kStartName / "eval.json");
    if (eval.is_object()) evals.push_back(std::move(eval));
  }
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
