#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "recipes/recipe.h"
#include "rl/stage.h"

namespace hone::recipes {

/// What a pipeline does with a stage. Functions, so that tests can run a pipeline without a model.
struct Actions {
  /// Trains a stage, from where it was interrupted if it was, and leaves its folder's model/ whole;
  /// a stage that only draws samples leaves samples/.
  std::function<void(const Stage& stage, rl::StageContext& context)> train;
  /// Measures a model on held-out problems.
  std::function<rl::EvalResult(const rl::EvalConfig& config, const std::filesystem::path& model,
                               std::uint64_t seed, const rl::Observer& observer,
                               const std::atomic<bool>* stop)>
      evaluate;
  /// Number of a model's parameters.
  std::function<std::int64_t(const std::filesystem::path& model)> parameters;
};

/// How a recipe is run; none of it changes results.
struct RunOptions {
  std::filesystem::path folder;  // empty: runs/NAME
  std::string only_stage;        // empty: all
  bool fresh = false;  // forget what is there; with only_stage, that and what builds on it
  std::function<rl::Observer(const std::string& stage)> observer;  // may be empty
  const std::atomic<bool>* stop = nullptr;
};

/// The folder that a recipe runs in.
std::filesystem::path run_folder(const Recipe& recipe, const RunOptions& options);

/// Runs the stages in order and measures the model of each that makes one. What is finished is
/// skipped, so that after an interruption the same call goes on. Leaves summary.json up to date
/// after every stage. Throws: RecipeError for a folder that cannot be used or holds a run of
/// another recipe, and for a stage whose inputs are missing; rl::Interrupted once the stop flag is
/// set and all is saved; what the actions throw.
void run_pipeline(const Recipe& recipe, const RunOptions& options, const Actions& actions);

}  // namespace hone::recipes
