#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "model/tokenizer.h"
#include "rollout/rollout_io.h"

namespace hone::rl {

/// What recorded rollouts have to fit.
struct ReplayLimits {
  std::int64_t steps = 0;       // at least so many recorded steps
  std::int64_t group_size = 0;  // completions of each problem
  std::int64_t context = 0;     // most tokens of prompt and completion
  std::int64_t vocab_size = 0;
  std::shared_ptr<const model::Tokenizer> tokenizer;
};

/// The rollouts that an earlier run recorded, step after step, under whatever numbers. A `path` is
/// a folder of step-NNNNNN.jsonl files (a stage's rollouts/), or one file that holds the lines of
/// each step together (stopped_batch.jsonl, or the others put one behind the other).
class Replay {
 public:
  /// Looks through everything, so that what is wrong is found before anything starts.
  /// Throws: DataError if there are too few steps; with file and line for what is no rollout, for a
  /// rollout that does not fit the model, and for groups of another size.
  Replay(const std::filesystem::path& path, ReplayLimits limits);

  /// The rollouts of a recorded step, counted from 0, as they were recorded. They are read again,
  /// as a long run's do not fit into memory: only one file is held.
  /// Throws: DataError as above, if the file is another one by now.
  std::vector<rollout::Rollout> at(std::int64_t step);

 private:
  struct Place {
    std::size_t file = 0;
    std::size_t first = 0;
    std::size_t count = 0;
  };

  void load(std::size_t file);
  void check(const Place& place) const;

  std::vector<std::filesystem::path> files_;
  ReplayLimits limits_;
  std::vector<Place> steps_;
  std::size_t loaded_ = 0;  // which of files_, if lines_ holds one
  std::vector<rollout::LoggedRollout> lines_;
};

}  // namespace hone::rl
