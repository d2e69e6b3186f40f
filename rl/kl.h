#pragma once

#include <ATen/core/Tensor.h>

namespace hone::rl {

/// The k3 estimate of KL(policy || reference) at each sampled token: e^d - d - 1, d = ref_logp -
/// logp. Never negative, unbiased where the tokens were sampled from the policy; differentiable in
/// logp.
///
/// Shapes: logp [S], ref_logp [S] -> [S]
/// Source: Schulman, "Approximating KL divergence" (2020), k3; GRPO, 2402.03300, eq. 4.
at::Tensor k3_kl(const at::Tensor& logp, const at::Tensor& ref_logp);

}  // namespace hone::rl
