#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "recipes/recipe.h"

// `eval.start`: the checkpoint that a recipe's first stage starts from, measured like a stage's
// model. It has a folder of its own in the run, `start`, with an eval.json.

namespace hone::recipes {

inline constexpr std::string_view kStartName = "start";

/// The checkpoint folder that the first stage starts from; empty for random weights.
std::string start_of(const Recipe& recipe);

/// Whether `start` is to be measured and is not yet, or was with other settings.
bool start_is_missing(const Recipe& recipe, const std::filesystem::path& run);

/// Writes the evaluation of `start`, with the settings it was made with.
void write_start(const Recipe& recipe, const std::filesystem::path& run, const std::string& json);

/// Removes what write_start() and the seconds left.
void forget_start(const std::filesystem::path& run);

}  // namespace hone::recipes
