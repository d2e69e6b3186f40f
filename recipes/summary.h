#pragma once

#include <cstdint>
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

/// One evaluation as a JSON object: "pass@1", "greedy", ... under the names of summary.json.
/// Holds nothing that differs from one run to the next.
std::string eval_json(const std::string& model, std::int64_t parameters,
                      const rl::EvalResult& result);

/// The evaluation as a sentence for a person.
std::string eval_sentence(const rl::EvalResult& result);

/// Writes summary.json from what the finished stages left in their folders.
/// Throws: DataError if it cannot be written.
void write_summary(const Recipe& recipe, const std::filesystem::path& run);

}  // namespace hone::recipes
