#pragma once

#include "model/config.h"
#include "rl/bench/work.h"

namespace hone::rl {

// What a step has to compute and to read, counted from the model's shape and the work alone,
// however it is done: recomputation, padding or a prompt run again for each of its completions
// would not raise the counts.
//
// Counted are matrix products, 2 M K N FLOPs for [M,K] [K,N]. A token's forward pass so takes 2
// FLOPs for each entry of the layers' matrices, 4 N H a layer for each token that it attends to
// (itself included; scores and weighted sum), and 2 V D where its logits are wanted. Backward takes
// twice that: a gradient for either factor of every product. The embedding is a look-up; norms,
// biases, softmax, sampling and the optimizer are left out.

/// FLOPs of a whole generation: each prompt once, then all tokens of its completions but the last,
/// which is drawn and never run.
double rollout_flops(const model::ModelConfig& config, const BenchWork& work);

/// Those of them that the completions take, after their first tokens.
double decode_flops(const model::ModelConfig& config, const BenchWork& work);

/// FLOPs of a forward and backward pass on the completions' tokens: each prompt once, logits for
/// the completions' tokens only.
double train_flops(const model::ModelConfig& config, const BenchWork& work);

/// Those of them that are the layers' forward pass: a step that keeps the sampler's activations has
/// computed them already.
double layer_forward_flops(const model::ModelConfig& config, const BenchWork& work);

/// Bytes of weights that a step of decoding reads, in fp32: all but an embedding apart from the
/// head, of which it needs a row a token.
double decode_weight_bytes(const model::ModelConfig& config);

}  // namespace hone::rl
