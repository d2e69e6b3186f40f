#include "rl/rollout_advantages.h"

#include <cmath>
#include <limits>

#include "rl/advantage.h"
#include "rl/presets.h"
#include "rl/scoring.h"

namespace hone::rl {
namespace {

/// One reward of every rollout, NaN where it abstained.
std::vector<double> column(const std::vector<rollout::Rollout>& rollouts, std::size_t reward) {
  std::vector<double> values;
  for (const rollout::Rollout& rollout : rollouts) {
    values.push_back(rollout.abstained[reward] ? std::numeric_limits<double>::quiet_NaN()
                                               : rollout.rewards[reward]);
  }
  return values;
}

}  // namespace

void set_advantages(std::vector<rollout::Rollout>& rollouts, const rewards::RewardSum& rewards,
                    const std::vector<double>& kls, const GrpoConfig& config) {
  const LossPieces pieces = resolve(config.loss);
  const int group = static_cast<int>(config.group_size);
  std::vector<double> values;
  if (pieces.multi_objective_aggregation == RewardOrder::kNormalizeThenSum) {
    std::vector<std::vector<double>> columns;
    for (std::size_t i = 0; i < rewards.names().size(); ++i) columns.push_back(column(rollouts, i));
    values = advantages_by_reward(columns, rewards.weights(), group);
  } else {
    std::vector<double> totals = rewards_of(rollouts);
    for (std::size_t i = 0; i < kls.size(); ++i) totals[i] -= pieces.kl_coef * kls[i];
    values = advantages(totals, group, pieces);
  }
  for (std::size_t i = 0; i < rollouts.size(); ++i) rollouts[i].advantage = values[i];
}

}  // namespace hone::rl
