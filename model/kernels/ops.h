#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "model/kernels/experts.h"
#include "model/packed_batch.h"

// The differentiable operations that a decoder is built of, in fp32. Each has a twin in
// ops_reference.h made of plain LibTorch operations: that is its specification.
//
// A row of a result depends on its own inputs alone, never on the batch around it, the number of
// threads or the instruction set, and decoding calls the same kernels: a token's log-probability is
// the same float when it is sampled, scored and trained on.
namespace hone::model::ops {

/// Rows of a table. Shapes: tokens [S] int32, table [V,D] -> [S,D].
at::Tensor embedding(const at::Tensor& tokens, const at::Tensor& table);

/// x W^T + bias. Shapes: x [S,K], weight [N,K], bias [N] or undefined -> [S,N]. A `known` result,
/// from where the same was computed before, is taken as it is: in pieces of some rows, in order.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias = {},
                  const std::vector<at::Tensor>& known = {});

/// A linear layer: what linear() takes beside x.
struct LinearOf {
  at::Tensor weight, bias;
  std::vector<at::Tensor> known;
};

/// linear() of one x with several weights, all with a bias or none: x's gradient is made in one go.
std::vector<at::Tensor> linears(const at::Tensor& x, const std::vector<LinearOf>& all);

/// linear() with a weight that is a frozen one plus scale * B A already: the same result, and
/// gradients for x, A and B alone. Shapes: a [R,K], b [N,R].
at::Tensor adapted_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                          const at::Tensor& a, const at::Tensor& b, double scale,
                          const std::vector<at::Tensor>& known = {});

/// A weight that is a frozen one plus scale * B A already, with gradients for A and B alone.
/// Shapes: weight [N,K], a [R,K], b [N,R] -> [N,K].
at::Tensor adapted_weight(const at::Tensor& weight, const at::Tensor& a, const at::Tensor& b,
                          double scale);

/// x / rms(x) * weight over the last dimension, or times 1 + weight.
/// Shapes: x [..,D], weight [D] -> [..,D].
at::Tensor rmsnorm(const at::Tensor& x, const at::Tensor& weight, double eps,
                   bool plus_one = false);

/// A sum x + more and its rmsnorm(), as most norms are of a sum that goes on beside them.
/// Shapes: [S,D], [S,D], weight [D] -> [S,D] each.
struct NormedSum {
  at::Tensor sum, normed;
};
NormedSum add_rmsnorm(const at::Tensor& x, const at::Tensor& more, const at::Tensor& weight,
                      double eps, bool plus_one = false);

/// silu(gate) * up. Shapes: [S,F], [S,F] -> [S,F].
at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up);

/// gelu(gate) * up, the GELU approximated by tanh. Shapes: [S,F], [S,F] -> [S,F].
at::Tensor geglu(const at::Tensor& gate, const at::Tensor& up);

/// swiglu() or geglu() of two linear layers of one x. What is known of them is read where it lies
/// until the backward pass is through. Shapes: x [S,D] -> [S,F].
at::Tensor gated_linear(const at::Tensor& x, const LinearOf& gate, const LinearOf& up, bool gelu);

/// Cosines and sines of all positions times `factor`: [positions, H], half cosines, then half
/// sines. Angles in fp32 as transformers computes them. Shapes: frequencies [H/2].
at::Tensor rope_tables(std::int64_t positions, const std::vector<float>& frequencies,
                       float factor = 1);

/// Rotary position embedding, halves rotated. Shapes: x [S,heads,H], positions [S] int32 -> as x.
/// Source: Su et al. 2021 (2104.09864), in transformers' rotate_half form.
at::Tensor rope(const at::Tensor& x, const at::Tensor& positions, const at::Tensor& tables);

/// The same where neighbours (0, 1), (2, 3), .. are rotated, as in the paper.
at::Tensor rope_pairs(const at::Tensor& x, const at::Tensor& positions, const at::Tensor& tables);

/// What differs from one model's attention to another's.
struct AttentionOptions {
  double scale = 0;         // of products of queries and keys; 0: 1 / sqrt(H)
  std::int64_t window = 0;  // tokens a query sees, its own included; 0: all before it
  double softcap = 0;       // c: scores s become c tanh(s / c); 0: they stay
  // The result and each softmax's maximum and sum, [S,N,H] and [S,N,2], where they are known.
  at::Tensor known = {}, known_softmax = {};
};

/// Causal attention within each segment and over the prefix it continues. Shapes: q [S,N,H], k and
/// v [S,K,H] -> [S,N,H]. Query head n reads key/value head n / (N/K).
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     const std::vector<Segment>& segments, const AttentionOptions& options = {});

/// x rounded to bf16, still as floats; the gradient passes unchanged. What a bf16 cache of keys and
/// values does to them.
at::Tensor round_to_bf16(const at::Tensor& x);

/// x W for each head. Shapes: x [S,N,K], w [N,K,M], which may be a view -> [S,N,M].
at::Tensor head_linear(const at::Tensor& x, const at::Tensor& w);

/// The experts of each token in rising order; no gradient (kernels/experts.h).
/// Shapes: logits [S,E], bias [E] or undefined -> [S,k] int32.
at::Tensor choose_experts(const at::Tensor& logits, const at::Tensor& bias,
                          const kernels::Routing& routing);

/// What the results of a token's experts are weighed with. Shapes: logits [S,E], experts [S,k]
/// int32 -> [S,k].
at::Tensor expert_weights(const at::Tensor& logits, const at::Tensor& experts,
                          const kernels::Routing& routing);

/// The weighted sum of some rows of x, in their order; each row of x is in one sum.
/// Shapes: x [S*k,D], slots [S,k] int32, weights [S,k] -> [S,D].
at::Tensor mix_slots(const at::Tensor& x, const at::Tensor& slots, const at::Tensor& weights);

struct Logprobs {
  at::Tensor logp;       // [S] of each target
  at::Tensor entropy;    // [S]
  at::Tensor top_logp;   // [S] of the likeliest token; carries no gradient
  at::Tensor logsumexp;  // [S] of the logits over the temperature; carries no gradient
};

/// Log-probability of each target under softmax(hidden head^T / temperature), and the entropy of
/// that distribution; at most 40 MiB of logits are held. With a `softcap` c above 0 logits x become
/// c tanh(x / c) first. Shapes: hidden [S,D], head [V,D], targets [S] int32. Units: nats.
///
/// A `known` result, from where the same was computed before, is taken as it is, and the logits are
/// made in the backward pass alone: c10::Error there if they give another log-probability.
Logprobs logprobs(const at::Tensor& hidden, const at::Tensor& head, const at::Tensor& targets,
                  double temperature, double softcap = 0, const Logprobs& known = {});

}  // namespace hone::model::ops
