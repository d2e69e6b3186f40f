#pragma once

#include "model/decoder.h"
#include "rl/stage.h"

namespace hone::rl {

/// After an optimizer step: the bias of each expert that got less than the mean of its layer's
/// tokens rises by `speed`, that of one that got more falls. Routers without a bias stay as they
/// are, and so does a frozen model under adapters.
/// Source: DeepSeek-V3 (2412.19437), section 2.1.2; Wang et al. 2024 (2408.15664), algorithm 1.
void balance_experts(model::Decoder decoder, const model::ExpertLoad& load, double speed);

/// How even the load was: experts/max_violation, by how much of the mean the busiest expert of a
/// layer is above it, a mean over layers (2408.15664, eq. 4); experts/load_max and
/// experts/load_min, the busiest and the idlest of all layers, where 1 is the mean. Nothing without
/// experts.
void add_expert_metrics(const model::ExpertLoad& load, Metrics& metrics);

}  // namespace hone::rl
