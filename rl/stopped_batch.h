#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rl/stage.h"
#include "rollout/rollout.h"

namespace hone::rl {

/// Keeps the batch that a guard stopped at, in stopped_batch.jsonl for replay; `reward_names` are
/// those of its rewards, if it has any.
/// Throws: GuardError with the step, the problem and that file.
[[noreturn]] void stop_with_batch(const StageContext& stage, std::int64_t step,
                                  const std::vector<rollout::Rollout>& batch,
                                  const std::vector<std::string>& reward_names,
                                  const GuardError& error);

}  // namespace hone::rl
