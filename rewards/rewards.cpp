#include "rewards/rewards.h"

#include <algorithm>
#include <stdexcept>

#include "rewards/json_fields.h"

namespace hone::rewards {

std::string reward_types() { return type_names(RewardConfig{}); }

std::unique_ptr<Reward> make_reward(const RewardConfig& config) {
  return std::visit([](const auto& chosen) { return make_reward(chosen); }, config);
}

bool ignores_answer(const RewardConfig& config) {
  return std::visit(
      []<class Config>(const Config&) {
        return requires { Config::kIgnoresAnswer; };
      },
      config);
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
  for (std::size_t i = 0; i < rewards.size(); ++i) {
    std::optional<std::size_t>& gate = gates_.emplace_back();
    if (rewards[i].gate.empty()) continue;
    const auto found = std::find(names_.begin(), names_.end(), rewards[i].gate);
    gate = static_cast<std::size_t>(found - names_.begin());
    if (found != names_.end() && *gate != i) continue;
    std::string others;
    for (const std::string& name : names_) {
      if (name != names_[i]) others += (others.empty() ? "" : ", ") + name;
    }
    throw std::invalid_argument(
        "gate of \"" + names_[i] + "\": expected the name of another reward (" +
        (others.empty() ? "there is none" : others) + "), got \"" + rewards[i].gate + "\"");
  }
}

Breakdown RewardSum::score(const Sample& sample) const { return score_group({&sample, 1}).front(); }

std::vector<Breakdown> RewardSum::score_group(std::span<const Sample> group) const {
  std::vector<std::vector<Score>> by_sample(group.size());
  for (std::size_t i = 0; i < rewards_.size(); ++i) {
    std::vector<Score> scores = verdicts(i, group);
    for (std::size_t j = 0; j < group.size(); ++j) by_sample[j].push_back(std::move(scores[j]));
  }
  std::vector<Breakdown> breakdowns;
  for (std::vector<Score>& scores : by_sample) breakdowns.push_back(sum(std::move(scores)));
  return breakdowns;
}

std::vector<Score> RewardSum::verdicts(std::size_t reward, std::span<const Sample> group) const {
  return rewards_.at(reward)->score_group(group);
}

Breakdown RewardSum::sum(std::vector<Score> verdicts) const {
  Breakdown breakdown;
  for (std::size_t i = 0; i < rewards_.size(); ++i) {
    Score score = verdicts[i];
    if (gates_[i] && score.status != Status::kAbstain) {
      const Status gate = verdicts[*gates_[i]].status;
      if (gate == Status::kAbstain) {
        score = {0, gate, "its gate \"" + names_[*gates_[i]] + "\" cannot tell"};
      } else if (gate != Status::kCorrect) {
        score = {0, Status::kWrong,
                 "does not count, see " + names_[*gates_[i]] + ": " + score.detail};
      }
    }
    if (score.status != Status::kAbstain) breakdown.total += weights_[i] * score.value;
    breakdown.scores.push_back(std::move(score));
  }
  return breakdown;
}

bool RewardSum::runs_programs(std::size_t reward) const {
  return rewards_.at(reward)->runs_programs();
}

}  // namespace hone::rewards
