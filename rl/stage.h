#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace hone::rl {

/// What one training step has to say, in the order it is shown. Names are TRL's; every wall-clock
/// figure sits under time/ or perf/.
using Metrics = std::vector<std::pair<std::string, double>>;

/// What a stage tells whoever watches: the terminal, or nobody.
struct Observer {
  /// After every step: steps done, steps in all, the step's metrics.
  std::function<void(std::int64_t done, std::int64_t total, const Metrics& metrics)> step;
  /// A sentence for a person.
  std::function<void(const std::string& text)> note;
};

/// Everything a stage needs from outside its own settings.
struct StageContext {
  std::string name;
  std::filesystem::path folder;  // runs/NAME/STAGE
  std::uint64_t seed = 0;        // of the recipe
  std::uint64_t index = 0;  // of the stage's random stream: with the seed it keys all randomness
  /// The model that `from` or `teacher` means: a path, a name of the Hugging Face cache, or an
  /// earlier stage's model/.
  std::function<std::filesystem::path(const std::string& from)> resolve;
  /// The file or folder of rollouts that `rollouts` or `traces` means: a path, or what an earlier
  /// stage drew.
  std::function<std::filesystem::path(const std::string& name)> resolve_rollouts;
  /// The wall-clock seconds that an earlier stage trained, all of its restarts together.
  std::function<double(const std::string& stage)> training_seconds;
  Observer observer;
  const std::atomic<bool>* stop = nullptr;  // set by Ctrl-C: save and throw Interrupted
};

/// The user asked to stop; the state is saved.
struct Interrupted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A guard stopped the run: a non-finite number, or RL that cannot learn. Exit status 3.
struct GuardError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace hone::rl
