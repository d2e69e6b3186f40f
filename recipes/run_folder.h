#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "model/posix_file.h"
#include "recipes/recipe.h"

// What a run folder holds besides the stages' own files, and how it is told from any other folder.

namespace hone::recipes {

/// Holds a run folder for this process alone, until it ends however it ends. Makes the folder.
class RunLock {
 public:
  /// Throws: RecipeError if the folder holds something else than a run, cannot be written, or is in
  /// use by another process.
  explicit RunLock(const std::filesystem::path& run);

 private:
  model::Fd fd_;
};

/// Refuses to go on with a run that was made with another recipe: seed, evaluation, or the settings
/// or number of a stage that has begun. Stages that have not begun may change. Throws: RecipeError
/// with the list of differences.
void check_same_recipe(const Recipe& recipe, const std::filesystem::path& run);

/// Writes the effective recipe into a run's or a stage's folder, which marks it as made by hone.
/// Throws: DataError if it cannot be written.
void write_recipe(const Recipe& recipe, const std::filesystem::path& folder);

/// Forgets a whole run, or only some of its stages. Removes nothing but what hone made: a file of
/// the user's stays, and so does the folder around it.
void start_over(const std::filesystem::path& run);
void start_over(const std::filesystem::path& run, const std::vector<std::string>& stages);

}  // namespace hone::recipes
