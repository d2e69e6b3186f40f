#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/activations.h"
#include "model/packed_batch.h"
#include "rollout/rollout.h"

namespace hone::rollout {

/// Some consecutive rollouts, packed for one forward and backward pass.
struct MicroBatch {
  model::PackedBatch batch;
  std::size_t first = 0;                // index of its first rollout
  std::size_t count = 0;                // rollouts
  std::vector<std::int64_t> sources;    // [n] packed token after which a completion token was drawn
  std::vector<std::int32_t> targets;    // [n] that token
  std::vector<std::int32_t> owner;      // [n] its rollout's index, in all that were packed
  std::vector<model::KeptTokens> kept;  // activations of all tokens; empty if some have none
};

/// Packs rollouts in order into micro-batches of at most `max_tokens` packed tokens (one rollout at
/// least). Neighbours with the same prompt share one copy of it, and stay together if they fit.
/// Every completion token of every rollout is a target once. With `shared` off each rollout is one
/// segment of its own.
std::vector<MicroBatch> pack(std::span<const Rollout> rollouts, std::int64_t max_tokens,
                             bool shared = true);

}  // namespace hone::rollout
