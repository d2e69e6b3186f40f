#pragma once

#include <algorithm>
#include <cstdint>

#include "rl/policy.h"
#include "rl/stage.h"
#include "rollout/engine.h"

namespace hone::rl {

/// How a stage's model completes problems: as the stage's settings say, drawn from the stream of
/// this step. `Config` has temperature, max_new_tokens and kv_cache.
template <class Config>
rollout::EngineConfig engine_for(const Config& config, const Policy& policy,
                                 const StageContext& stage, std::uint64_t stream_step) {
  rollout::EngineConfig engine;
  engine.sampling.temperature = config.temperature;
  engine.sampling.max_new_tokens = config.max_new_tokens;
  engine.key = {stage.seed, stage.index, stream_step, 0, 0};
  engine.end_ids = policy.end_ids();
  engine.kv_type = config.kv_cache;
  engine.stop = stage.stop;
  return engine;
}

/// So many problems of a source, or all there are: past its end a file begins again, and its
/// problems would be answered twice.
inline std::int64_t at_most_all(const rollout::ProblemSource& problems, std::int64_t wanted) {
  const auto size = static_cast<std::int64_t>(problems.size());
  return size == 0 ? wanted : std::min(wanted, size);
}

}  // namespace hone::rl
