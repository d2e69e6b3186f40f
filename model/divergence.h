#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "model/decoder.h"

namespace hone::model {

/// How far a student's next-token distribution S is from a teacher's T, a row each: the generalised
/// Jensen-Shannon divergence beta KL(T || M) + (1 - beta) KL(S || M), M = (1 - beta) S + beta T;
/// at its ends the forward KL(T || S) (beta 0) and the reverse KL(S || T) (beta 1).
///
/// Shapes: student_logp, teacher_logp [n, V], log-probabilities -> [n], nats
/// Source: GKD, 2306.13649, eq. 1, as TRL's generalized_jsd_loss.
at::Tensor divergence(const at::Tensor& student_logp, const at::Tensor& teacher_logp, double beta);

/// Its gradient with respect to the student's logits: [n, V].
at::Tensor divergence_gradient(const at::Tensor& student_logp, const at::Tensor& teacher_logp,
                               double beta);

/// The divergence after each packed token of `sources`, differentiable in the student; logits of
/// both are divided by the temperature. Only the first `vocab_size` ids count, which both models
/// must have: what lies beyond a tokenizer's ids is padding. No [S,V] tensor is made: logits are
/// computed for some rows at a time, and once more in the backward pass.
///
/// Shapes: -> [n], nats
at::Tensor token_divergence(const Decoder& student, const Decoder& teacher,
                            const PackedBatch& batch, const std::vector<std::int64_t>& sources,
                            std::int64_t vocab_size, double temperature, double beta,
                            const ForwardOptions& options = {});

}  // namespace hone::model
