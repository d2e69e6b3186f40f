#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "model/posix_file.h"
#include "rl/stage.h"
#include "rl/tfevents.h"

namespace hone::rl {

/// A stage's log on disk: metrics.jsonl, TensorBoard events, and rollouts/. After a kill and a
/// resume metrics.jsonl and rollouts/ are, outside time/ and perf/, byte for byte those of an
/// undisturbed run.
class RunLog {
 public:
  /// Opens the log in the stage's folder, to go on after step `done` of the checkpoint resumed
  /// from: what was logged past it is dropped. With 0 everything earlier is dropped. Steps count
  /// from 1. Throws: DataError for a metrics.jsonl damaged before its end, or if the disk is full.
  RunLog(const std::filesystem::path& stage_folder, std::int64_t done);

  /// Appends {"step": n, name: value, ...} in the order given, and is on disk (in the kernel) when
  /// it returns; a number that is not finite becomes null.
  void step(std::int64_t step, const Metrics& metrics);

  /// Writes rollouts/step-NNNNNN.jsonl: it is there whole or not at all.
  void rollouts(std::int64_t step, std::string_view lines);

  /// Makes all that is logged survive a power cut: call it before a checkpoint is written.
  void sync();

 private:
  std::filesystem::path folder_;
  model::Fd metrics_;
  EventFile events_;
  std::vector<std::filesystem::path> unsynced_;  // rollouts files since the last sync()
};

/// "step-000012.jsonl": the file of a step's rollouts.
std::string step_file(std::int64_t step);

/// A line of metrics.jsonl, without the newline. Numbers in the shortest form that reads back the
/// same.
std::string metrics_line(std::int64_t step, const Metrics& metrics);

}  // namespace hone::rl
