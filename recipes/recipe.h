#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "recipes/error.h"
#include "recipes/read.h"
#include "rl/distill.h"
#include "rl/evaluate.h"
#include "rl/gkd.h"
#include "rl/grpo.h"
#include "rl/rejection.h"
#include "rl/sft.h"

namespace hone::recipes {

/// One `[[stage]]` table: a name, and the settings of its type beside it.
struct Stage {
  std::string name;
  std::variant<rl::SftConfig, rl::GrpoConfig, rl::RejectionConfig, rl::DistillConfig, rl::GkdConfig>
      config;
  std::optional<std::int64_t> stream;

  template <class V>
  void fields(V& v) {
    v("name", name, "what later stages and the run folder call it");
    v("stream", stream,
      "keys its randomness, with the seed; by default the number of stages before it without one",
      0, (std::int64_t{1} << 31) - 1);
  }
};

/// A recipe: the stages in order, and how each one's model is measured.
struct Recipe {
  std::string name;
  std::uint64_t seed = 1;
  std::optional<rl::EvalConfig> eval;
  std::vector<Stage> stages;

  template <class V>
  void fields(V& v) {
    v("name", name, "names the run folder; by default the file's name");
    v("seed", seed, "keys all randomness");
    v("eval", eval, "what every stage's model is measured on; left out, nothing is");
    v("stage", stages, "the stages, in order");
  }
};

/// "sft", "grpo", "rejection", "distill" or "gkd".
std::string_view stage_type(const Stage& stage);

/// Number of the random stream that a stage uses: its own `stream`, or how many stages before it
/// have none of their own.
std::uint64_t stage_stream(const Recipe& recipe, std::size_t index);

/// The names of checkpoints, rollouts and stages that a stage starts from, learns from or goes by;
/// none for random weights.
std::vector<std::string> stage_inputs(const Stage& stage);

/// The folder in a stage's own that is there when it is finished: "model", or "samples" of a stage
/// that makes no model.
std::string_view stage_result(const Stage& stage);

/// The folder in a stage's own with the rollouts that later stages may learn from; empty if it
/// keeps none.
std::string_view stage_samples(const Stage& stage);

/// Reads a recipe's text, applies `overrides` ("zero.steps=10") in order, and writes controls out
/// (controls.h). What is set of a stage that is a control is set last: what is set of the stage
/// that asks for it is the control's too. Checks each value by itself, not what belongs together.
/// Throws: RecipeError with file, line, column and key.
Recipe parse_recipe(std::string_view text, const std::filesystem::path& file,
                    const std::vector<std::string>& overrides, Places& places);

/// Refuses names, of the recipe and of its stages, that cannot be folders or that stand twice.
/// Throws: RecipeError.
void check_names(const Recipe& recipe, const Places& places);

/// Refuses two stages of the same random stream.
/// Throws: RecipeError.
void check_streams(const Recipe& recipe, const Places& places);

/// Refuses a recipe that contradicts itself, or that names files which are not there or not as they
/// should be.
/// Throws: RecipeError with the place of the stage or key; DataError for a bad data set.
void validate(const Recipe& recipe, const Places& places);

/// The recipe of a file, read and validated: what this returns can start.
/// Throws: RecipeError, DataError.
Recipe load_recipe(const std::filesystem::path& file,
                   const std::vector<std::string>& overrides = {});

/// Every setting as TOML, defaults too; loading it gives the same recipe.
std::string dump_recipe(const Recipe& recipe);

/// "zero.steps: 100 -> 200" for each difference.
std::vector<std::string> diff_recipes(const Recipe& before, const Recipe& after);

/// Every key that a recipe may have, for a person.
std::string recipe_keys();

}  // namespace hone::recipes
