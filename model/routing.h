#pragma once

#include "model/config.h"
#include "model/kernels/experts.h"

namespace hone::model {

/// A model's settings as the kernels want them.
inline kernels::Routing routing_of(const MoeConfig& moe) {
  return {.experts = moe.n_routed_experts,
          .chosen = moe.num_experts_per_tok,
          .sigmoid = moe.scoring == Scoring::kSigmoid,
          .groups = moe.n_group,
          .kept_groups = moe.topk_group,
          .normalize = moe.norm_topk_prob,
          .factor = static_cast<float>(moe.routed_scaling_factor)};
}

/// Every token's way to its experts: a slot for each of its experts, those of one expert side by
/// side in the order of the tokens.
struct Slots {
  std::vector<std::int64_t> counts;  // [E] slots of each expert
  std::vector<std::int32_t> tokens;  // [S*k] the token in each slot
  std::vector<std::int32_t> of;      // [S*k] the slots of each token, by rising expert

  /// experts [S,k], each token's in rising order.
  void assign(const std::int32_t* experts, std::int64_t count, std::int64_t k, std::int64_t all) {
    counts.assign(static_cast<std::size_t>(all), 0);
    for (std::int64_t i = 0; i < count * k; ++i) ++counts[experts[i]];
    next_.assign(static_cast<std::size_t>(all), 0);
    for (std::int64_t e = 1; e < all; ++e) {
      next_[e] = next_[e - 1] + static_cast<std::int32_t>(counts[e - 1]);
    }
    tokens.resize(static_cast<std::size_t>(count * k));
    of.resize(static_cast<std::size_t>(count * k));
    for (std::int64_t i = 0; i < count * k; ++i) {
      of[i] = next_[experts[i]]++;
      tokens[of[i]] = static_cast<std::int32_t>(i / k);
    }
  }

 private:
  std::vector<std::int32_t> next_;  // the next free slot of each expert
};

}  // namespace hone::model
