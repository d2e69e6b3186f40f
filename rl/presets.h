#pragma once

#include "rl/loss_config.h"

namespace hone::rl {

/// A preset's row of the table, with what the recipe sets on its own.
LossPieces resolve(const LossConfig& config);

}  // namespace hone::rl
