#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "rewards/reading.h"
#include "rewards/reward.h"
#include "rewards/tasks/tasks.h"

namespace hone::rewards {

/// The verifier of a procedural task.
struct TaskRewardConfig {
  static constexpr std::string_view kType = "task";
  std::optional<TaskConfig> task;
  Reading reading = Reading::kAuto;

  template <class V>
  void fields(V& v) {
    v("task", task,
      "the task whose verifier judges; by default the one that the problem's metadata names");
    v("reading", reading, kReadingHelp);
  }
};

/// Judges as the task does. Without one in the settings, a problem whose metadata names no task
/// cannot be judged.
/// Throws: std::invalid_argument as make_task does.
std::unique_ptr<Reward> make_reward(const TaskRewardConfig& config);

}  // namespace hone::rewards
