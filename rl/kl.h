#pragma once

#include <ATen/core/Tensor.h>

#include "rl/loss_config.h"

namespace hone::rl {

/// An estimate of KL(policy || reference) at each sampled token, with d = ref_logp - logp: k1 = -d,
/// k2 = d^2 / 2, k3 = e^d - d - 1. k2 and k3 are never negative, k1 and k3 unbiased where the
/// tokens were sampled from the policy; differentiable in logp. As a loss, k1 has a gradient that
/// is 0 on average, whatever the reference.
///
/// Shapes: logp, ref_logp [S] -> [S]
/// Source: Schulman, "Approximating KL divergence" (2020); k3: GRPO, 2402.03300, eq. 4.
at::Tensor kl_estimate(KlEstimator estimator, const at::Tensor& logp, const at::Tensor& ref_logp);

}  // namespace hone::rl
