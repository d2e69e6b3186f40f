#include "rewards/needs_answer.h"

namespace hone::rewards {

bool needs_answer(const RewardConfig& config) {
  if (const auto* regex = std::get_if<RegexConfig>(&config)) return regex->pattern.empty();
  return !ignores_answer(config) && !std::holds_alternative<CommandConfig>(config);
}

}  // namespace hone::rewards
