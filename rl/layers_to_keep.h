#pragma once

#include <cstdint>
#include <vector>

#include "rl/policy.h"

namespace hone::rl {

/// The layers that stay of a whole model. Those that are chosen greedily, by the loss of the
/// material's examples, are written to layers.json in the stage's folder, and read from there when
/// the stage goes on. Throws: DataError for a file that is not as it was.
std::vector<std::int64_t> layers_to_keep(const LayerChoice& choice, const Policy& whole,
                                         const StageContext& stage,
                                         const StartingMaterial& material);

}  // namespace hone::rl
