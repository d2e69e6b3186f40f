#include "rewards/task_reward.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "rewards/json_fields.h"

namespace hone::rewards {
namespace {

class TaskReward final : public Reward {
 public:
  explicit TaskReward(std::unique_ptr<Task> task) : task_(std::move(task)) {}

  Score score(const Sample& sample) const override { return task_->verify(sample); }

 private:
  std::unique_ptr<Task> task_;
};

/// Every task, each with its defaults: what a verifier needs to know of a problem is in its
/// metadata.
class AnyTaskReward final : public Reward {
 public:
  AnyTaskReward() {
    for_each_type(TaskConfig{}, [this](const auto& config) {
      tasks_.emplace(config.kType, make_task(TaskConfig(config)));
    });
  }

  Score score(const Sample& sample) const override {
    const auto metadata = nlohmann::json::parse(sample.metadata, nullptr, false);
    const auto name = metadata.is_object() ? metadata.value("task", nlohmann::json()) : metadata;
    const auto found = name.is_string() ? tasks_.find(name.get<std::string>()) : tasks_.end();
    if (found != tasks_.end()) return found->second->verify(sample);
    return {0, Status::kAbstain, "the problem's metadata names no task"};
  }

 private:
  std::map<std::string, std::unique_ptr<Task>> tasks_;
};

}  // namespace

std::unique_ptr<Reward> make_reward(const TaskRewardConfig& config) {
  std::unique_ptr<Reward> judge;
  if (config.task) {
    judge = std::make_unique<TaskReward>(make_task(*config.task));
  } else {
    judge = std::make_unique<AnyTaskReward>();
  }
  return with_reading(std::move(judge), config.reading);
}

}  // namespace hone::rewards
