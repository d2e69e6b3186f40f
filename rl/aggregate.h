#pragma once

#include <cstdint>
#include <vector>

#include "rl/loss_config.h"

namespace hone::rl {

/// The weight of every token of each sequence: the loss of an optimizer step is the sum over all
/// its tokens of weight * token loss. The denominators are those of the whole step, known before
/// its first micro-batch, so that the gradient does not depend on how the step is split.
///
/// A masked sequence has weight 0. It still counts as a sequence, as in TRL's grpo and dr_grpo; its
/// tokens do not count.
/// Source: sequence_mean: GRPO, 2402.03300, eq. 3; token_mean: DAPO, 2503.14476, eq. 12; constant:
/// Dr. GRPO, 2503.20783, appendix A, with max_new_tokens for its length; sequence_sum: LUSPO,
/// 2602.05261.
/// Differs: TRL's dapo divides by the tokens of the generation batch, here always by the step's.
/// Throws: std::invalid_argument for lengths and masks of different counts, or max_new_tokens < 1.
std::vector<double> token_weights(const std::vector<int>& completion_lengths,
                                  const std::vector<bool>& masked, Aggregate aggregate,
                                  std::int64_t max_new_tokens);

}  // namespace hone::rl
