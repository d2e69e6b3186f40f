#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "rl/policy.h"

namespace hone::rl {

/// The best look at held-out problems so far, and what came after it: part of a stage's progress.
struct BestLook {
  double pass_at_1 = -1;   // -1: there was none
  std::int64_t step = 0;   // steps done when it was taken
  double reward = 0;       // mean reward of the step after it, of the same weights; NaN: none given
  std::int64_t since = 0;  // looks after it

  bool any() const { return pass_at_1 >= 0; }
};

/// Takes a look into account that was made after `step` steps: true if it is the best one now. Of
/// equal looks the earlier stays the best.
bool take_look(BestLook& best, double pass_at_1, std::int64_t step);

/// Why a stage without a new best ends: accuracy that falls while the reward rises is said to do
/// so, as then the policy learns what the reward pays for and not what is asked.
std::string ending_note(const BestLook& best, double pass_at_1, std::int64_t step, double reward);

/// The weights of the best look, among the stage's checkpoints: there whole or not at all, and gone
/// with them when the stage is finished.
void save_best(const std::filesystem::path& stage_folder, const Policy& policy, std::int64_t step);

/// Those weights. A run that went back behind a later look makes that look again, so that at a
/// stage's end they are those of `step`. Throws: DataError if they are damaged or of another step.
Policy load_best(const std::filesystem::path& stage_folder, std::int64_t step);

}  // namespace hone::rl
