#include "rewards/rewards.h"

#include <algorithm>
#include <stdexcept>

#include "rewards/json_fields.h"

namespace hone::rewards {

std::string reward_types() { return type_names(RewardConfig{}); }

std::unique_ptr<Reward> make_reward(const RewardConfig& config) {
  return std::visit([](const auto& chosen) { return make_reward(chosen); }, config);
}

std::unique_ptr<Reward> reward_by_name(std::string_view name, const nlohmann::json& config) {
  constexpr std::string_view kTask = "task:";
  if (name.starts_with(kTask)) {
    TaskConfig task;
    if (!choose_type(name.substr(kTask.size()), task)) {
      throw std::invalid_argument("expected task:NAME, NAME one of " + task_names() + ", got \"" +
                                  std::string(name) + "\"");
    }
    std::visit([&](auto& chosen) { read_config(config, chosen); }, task);
    return make_reward(TaskRewardConfig{task});
  }
  RewardConfig reward;
  if (!choose_type(name, reward)) {
    throw std::invalid_argument("expected a reward, one of " + reward_types() +
                                " or task:NAME, got \"" + std::string(name) + "\"");
  }
  std::visit([&](auto& chosen) { read_config(config, chosen); }, reward);
  return make_reward(reward);
}

std::string reward_name(const WeightedReward& reward) {
  if (!reward.name.empty()) return reward.name;
  return std::visit([](const auto& chosen) { return std::string(chosen.kType); }, reward.config);
}

RewardSum::RewardSum(const std::vector<WeightedReward>& rewards) {
  if (rewards.empty()) throw std::invalid_argument("no reward is given");
  for (const WeightedReward& reward : rewards) {
    const std::string name = reward_name(reward);
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
      throw std::invalid_argument("two rewards are called \"" + name + "\": give one a name");
    }
    names_.push_back(name);
    weights_.push_back(reward.weight);
    rewards_.push_back(make_reward(reward.config));
  }
}

Breakdown RewardSum::score(const Sample& sample) const {
  Breakdown breakdown;
  for (std::size_t i = 0; i < rewards_.size(); ++i) {
    breakdown.scores.push_back(rewards_[i]->score(sample));
    const Score& score = breakdown.scores.back();
    if (score.status != Status::kAbstain) breakdown.total += weights_[i] * score.value;
  }
  return breakdown;
}

bool RewardSum::runs_programs() const {
  return std::any_of(rewards_.begin(), rewards_.end(),
                     [](const auto& reward) { return reward->runs_programs(); });
}

}  // namespace hone::rewards
