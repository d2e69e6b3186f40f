#include "rewards/task_reward.h"

#include <utility>

namespace hone::rewards {
namespace {

class TaskReward final : public Reward {
 public:
  explicit TaskReward(std::unique_ptr<Task> task) : task_(std::move(task)) {}

  Score score(const Sample& sample) const override { return task_->verify(sample); }

 private:
  std::unique_ptr<Task> task_;
};

}  // namespace

std::unique_ptr<Reward> make_reward(const TaskRewardConfig& config) {
  return std::make_unique<TaskReward>(make_task(config.task));
}

}  // namespace hone::rewards
