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

/// What the rollouts of a micro-batch have in common and hold only once.
enum class Sharing {
  kNothing,    // each rollout is one segment of its own
  kPrompts,    // neighbours with the same prompt share it, and stay together if they fit
  kBeginnings  // all share what their prompts begin with, where that saves more; for other rollouts
               // than samples of one prompt. There are no kept activations then.
};

/// Packs `which` of the rollouts, in this order, into micro-batches of at most `max_tokens` packed
/// tokens (one rollout at least). Every completion token is a target once. What is shared changes
/// no log-probability: a token sees the same tokens before it.
std::vector<MicroBatch> pack(std::span<const Rollout> rollouts, std::span<const std::size_t> which,
                             std::int64_t max_tokens, Sharing sharing = Sharing::kPrompts);
/// All of them.
std::vector<MicroBatch> pack(std::span<const Rollout> rollouts, std::int64_t max_tokens,
                             Sharing sharing = Sharing::kPrompts);

}  // namespace hone::rollout
