#pragma once

#include <ATen/core/Tensor.h>

#include "rl/loss_config.h"
#include "rl/token_rows.h"

// What is minimised at each token, before KL, weights and masks. All are differentiable in logp.
// Shapes: [S], one value a token; a ratio or an advantage of a completion stands at each of its
// tokens.
namespace hone::rl {

/// PPO's clipped surrogate: -min(min(ratio, cap) * A, clip(ratio) * A), clip keeping the ratio
/// within [1 - clip_low, 1 + clip_high]; cap is dual_clip_positive. With dual_clip = c, no more
/// than -c * A where A < 0.
///
/// Source: PPO, 1707.06347, eq. 7; two bounds: DAPO, 2503.14476, eq. 10; cap: INTELLECT-2,
/// 2505.07291, eq. 3; dual clip: 1912.09729, eq. 5.
at::Tensor clipped_surrogate(const LossPieces& pieces, const at::Tensor& ratio,
                             const at::Tensor& advantage);

/// -min(ratio, clip_high) * A * logp, no gradient through the ratio: no token ever loses its own.
/// Source: MiniMax-M1, 2506.13585, eq. 4.
/// Differs: clip_high is the cap itself, as in TRL; others write it as 1 + clip_high. No lower cap.
at::Tensor cispo_surrogate(const LossPieces& pieces, const at::Tensor& ratio,
                           const at::Tensor& advantage, const at::Tensor& logp);

/// -(4 / tau) sigmoid(tau (ratio - 1)) A: a soft gate instead of a clip, its slope at ratio 1
/// that of the ratio itself. tau is sapo_temperature_pos where A > 0, else sapo_temperature_neg.
/// Source: SAPO, 2511.20347, as TRL has it.
at::Tensor sapo_surrogate(const LossPieces& pieces, const at::Tensor& ratio,
                          const at::Tensor& advantage);

/// -phi(w) * A * logp, w the product of a completion's ratios (and importance weights), phi = e^l
/// w^k e^(-l w) with (k, l) by the sign of A, no gradient through it. `log_weights` are the
/// logarithms of the importance weights, or undefined. Gives phi too.
/// Source: VESPO, 2602.10693, as TRL has it, with its bounds on the logarithms.
struct VespoSurrogate {
  at::Tensor loss;
  at::Tensor phi;
};
VespoSurrogate vespo_surrogate(const LossPieces& pieces, const TokenRows& rows,
                               const at::Tensor& log_ratio, const at::Tensor& log_weights,
                               const at::Tensor& advantage, const at::Tensor& logp);

/// -s * A, s the geometric mean over a completion's `acting` tokens of ratios, each clipped in the
/// logarithm: at clip_high where A > 0, at -clip_low elsewhere.
/// Source: GMPO, 2507.20673, eq. 3 and 4.
at::Tensor gmpo_surrogate(const LossPieces& pieces, const TokenRows& acting,
                          const at::Tensor& log_ratio, const at::Tensor& advantage);

/// -A * logp: the policy gradient itself.
/// Source: Williams 1992; GPG, 2504.02546, eq. 7.
at::Tensor reinforce_surrogate(const at::Tensor& advantage, const at::Tensor& logp);

}  // namespace hone::rl
