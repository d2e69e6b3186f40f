#include "recipes/start_model.h"

#include <variant>

#include "model/durable.h"
#include "model/file_io.h"

namespace hone::recipes {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSettings = "settings.toml";

// What the evaluation depends on: the rest of the recipe may change before a stage has begun.
std::string settings_of(const Recipe& recipe) {
  Recipe copy;
  copy.name = recipe.name;
  copy.seed = recipe.seed;
  copy.eval = recipe.eval;
  return "# The evaluation of " + start_of(recipe) + ".\n" + dump_recipe(copy);
}

}  // namespace

std::string start_of(const Recipe& recipe) {
  if (recipe.stages.empty()) return {};
  return std::visit([](const auto& config) { return config.from; }, recipe.stages.front().config);
}

bool start_is_missing(const Recipe& recipe, const fs::path& run) {
  if (!recipe.eval || !recipe.eval->start) return false;
  const fs::path folder = run / kStartName;
  return !fs::is_regular_file(folder / "eval.json") || !fs::is_regular_file(folder / kSettings) ||
         model::read_file(folder / kSettings) != settings_of(recipe);
}

void write_start(const Recipe& recipe, const fs::path& run, const std::string& json) {
  const fs::path folder = run / kStartName;
  model::write_file_atomic(folder / "eval.json", json);
  model::write_file_atomic(folder / kSettings,
                           settings_of(recipe));  // last: it vouches for the figures
}

void forget_start(const fs::path& run) {
  const fs::path folder = run / kStartName;
  for (const char* name : {"eval.json", "seconds.json", kSettings}) fs::remove(folder / name);
  if (fs::is_directory(folder) && fs::is_empty(folder)) fs::remove(folder);
}

}  // namespace hone::recipes
