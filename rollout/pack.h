#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/activations.h"
#include "model/packed_batch.h"
#include "rollout/rollout.h"

namespace hone::rollout {

/// Some rollouts, packed for one forward and backward pass.
struct MicroBatch {
  model::PackedBatch batch;
  std::vector<std::size_t> rollouts;    // indices of what is packed, in order
  std::vector<std::int64_t> sources;    // [n] packed token after which a completion token was drawn
  std::vector<std::int32_t> targets;    // [n] that token, rollout by rollout
  std::vector<model::KeptTokens> kept;  // activations of all tokens; empty if some have none
};

/// Packs `which` of the rollouts, in this order, into micro-batches of at most `max_tokens` packed
/// tokens (one rollout at least). Neighbours with the same prompt share one copy of it, and stay
/// together if they fit. Every completion token is a target once. With `shared` off each rollout is
/// one segment of its own.
std::vector<MicroBatch> pack(std::span<const Rollout> rollouts, std::span<const std::size_t> which,
                             std::int64_t max_tokens, bool shared = true);
/// All of them.
std::vector<MicroBatch> pack(std::span<const Rollout> rollouts, std::int64_t max_tokens,
                             bool shared = true);

}  // namespace hone::rollout
