#pragma once

#include <filesystem>
#include <string>

#include "recipes/recipe.h"

// The small files that say what a run came to.

namespace hone::recipes {

/// Wall-clock seconds that a stage has taken, over all restarts.
struct Seconds {
  double train = 0;
  double eval = 0;
};

/// Zero where nothing is recorded yet.
Seconds read_seconds(const std::filesystem::path& stage_folder);
void write_seconds(const Seconds& seconds, const std::filesystem::path& stage_folder);

/// Writes summary.json from what the finished stages, and the evaluation of what the first one
/// starts from, left in their folders.
/// Throws: DataError if it cannot be written.
void write_summary(const Recipe& recipe, const std::filesystem::path& run);

}  // namespace hone::recipes
