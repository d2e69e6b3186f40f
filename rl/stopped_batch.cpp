#include "rl/stopped_batch.h"

#include "model/durable.h"
#include "rollout/rollout_io.h"

namespace hone::rl {

void stop_with_batch(const StageContext& stage, std::int64_t step,
                     const std::vector<rollout::Rollout>& batch,
                     const std::vector<std::string>& reward_names, const GuardError& error) {
  const std::filesystem::path path = stage.folder / "stopped_batch.jsonl";
  model::write_file_atomic(path, rollout::to_json_lines(batch, step, reward_names));
  throw GuardError("step " + std::to_string(step) + ": " + error.what() + "; its batch is in " +
                   path.string());
}

}  // namespace hone::rl
