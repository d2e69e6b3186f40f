#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "rl/best.h"
#include "rl/entropy.h"
#include "rl/optimizer.h"
#include "rl/policy.h"

namespace hone::rl {

/// Where a training loop stands, beside its weights and its optimizer. Randomness has no state.
struct Progress {
  std::int64_t step = 0;     // steps done
  std::uint64_t cursor = 0;  // next problem of the source
  std::int64_t tokens = 0;   // tokens trained on
  double seconds = 0;        // time spent, for limits in time only
  EntropyControl entropy;    // of GRPO's entropy bonus
  double reward = 0;         // mean of the last step's rollouts
  BestLook best = {};        // at GRPO's held-out problems
};

/// Writes checkpoints/step-N in the stage's folder, a folder that loads as a model too, and drops
/// all but the newest two. A `reference` that moves is part of the state: its folder reference/.
void save_checkpoint(const std::filesystem::path& stage_folder, const Policy& policy,
                     const AdamW& optimizer, const Progress& progress,
                     const model::Decoder* reference = nullptr);

/// Copies the newest good checkpoint into the model, its optimizer and the reference that moves; a
/// damaged one is named through `warn` and the one before it used. Without any, nothing changes,
/// and what this gives is `start`.
Progress resume(const std::filesystem::path& stage_folder, Policy& policy, AdamW& optimizer,
                const std::function<void(const std::string&)>& warn, const Progress& start = {},
                model::Decoder* reference = nullptr);

/// Removes the checkpoints of a finished stage: its model/ has all that is needed.
void drop_checkpoints(const std::filesystem::path& stage_folder);

}  // namespace hone::rl
