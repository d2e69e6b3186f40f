#pragma once

#include <ATen/core/Tensor.h>

#include "rl/loss_config.h"
#include "rl/token_rows.h"

namespace hone::rl {

/// Weights that correct for tokens having been sampled by something else than the policy at the
/// start of the step: ratio = exp(old_logp - sampling_logp) of each token, or the product over its
/// completion, kept within importance_sampling_min and _max, or 0 beyond them.
///
/// Shapes: old_logp, sampling_logp [S] -> [S]
/// Source: truncated importance sampling, Yao et al. 2025; masked: IcePop, and TRL's
/// vllm_importance_sampling_mode, whose sequence ratio is a product too.
at::Tensor importance_weights(const LossPieces& pieces, const TokenRows& rows,
                              const at::Tensor& old_logp, const at::Tensor& sampling_logp);

/// 0 for the tokens of completions that have drifted too far to be punished, A < 0 and mean of
/// sampling_logp - logp above off_policy_mask_threshold; 1 for all others.
///
/// Shapes: logp, sampling_logp, advantage [S] -> [S]
/// Source: DeepSeek-V3.2, 2512.02556, section 3.1, "off-policy sequence masking".
at::Tensor off_policy_mask(double threshold, const TokenRows& rows, const at::Tensor& logp,
                           const at::Tensor& sampling_logp, const at::Tensor& advantage);

}  // namespace hone::rl
