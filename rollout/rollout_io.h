#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "rollout/rollout.h"

namespace hone::rollout {

/// One line of rollouts.jsonl, without the newline. `step` and `reward_names` label it for readers.
std::string to_json_line(const Rollout& rollout, std::int64_t step,
                         const std::vector<std::string>& reward_names);

/// The same for each of them, every line with its newline.
std::string to_json_lines(std::span<const Rollout> rollouts, std::int64_t step,
                          const std::vector<std::string>& reward_names);

/// A rollout read back, with its step and the number of its line, from 1.
struct LoggedRollout {
  std::int64_t step = 0;
  std::int64_t line = 0;
  Rollout rollout;
};

/// The files of recorded rollouts that a path stands for: itself, a folder's step-NNNNNN.jsonl
/// files in order, or its rollouts.jsonl. Throws: DataError if it is or holds none.
std::vector<std::filesystem::path> rollout_files(const std::filesystem::path& path);

/// Reads a rollouts.jsonl file: log, replay, or the data a student is trained on. Blank lines are
/// skipped. Throws: DataError naming file and line.
std::vector<LoggedRollout> read_rollouts(const std::filesystem::path& path);

}  // namespace hone::rollout
