#pragma once

#include <memory>
#include <string_view>

#include "rewards/reward.h"
#include "rewards/tasks/tasks.h"

namespace hone::rewards {

/// The verifier of a procedural task.
struct TaskRewardConfig {
  static constexpr std::string_view kType = "task";
  TaskConfig task;

  template <class V>
  void fields(V& v) {
    v("task", task, "the task whose verifier judges");
  }
};

/// Throws: std::invalid_argument as make_task does.
std::unique_ptr<Reward> make_reward(const TaskRewardConfig& config);

}  // namespace hone::rewards
