#pragma once

#include <cstdint>

namespace hone::model::kernels {

/// Columns of the vocabulary that are worked on at once. A tile has a maximum and sums of its own,
/// so the borders are part of the meaning: sampler and training pass share them.
constexpr std::int64_t kVocabTile = 4096;

/// A softmax over some columns of the vocabulary.
struct SoftmaxState {
  float max;
  float sums[16];      // of exp(x - max), lane by lane
  float weighted[16];  // of exp(x - max) * x
};

/// Of no columns: what others are merged into.
SoftmaxState softmax_of_none();

/// Of one tile of n logits, after multiplying them by `inverse_temperature` in place.
SoftmaxState softmax_of_tile(float* logits, std::int64_t n, float inverse_temperature);

/// Takes in the tile that follows.
void softmax_merge(SoftmaxState& state, const SoftmaxState& tile);

/// Sum of exp(x - max) over the lanes.
float softmax_sum(const SoftmaxState& state);

/// What is worth knowing of a whole softmax, in nats.
struct SoftmaxSummary {
  float logsumexp;
  float entropy;
  float top_logp;  // of the likeliest column
};
SoftmaxSummary softmax_summary(const SoftmaxState& state);

/// In place, logits x (already divided by the temperature) become the gradient of the loss with
/// respect to the undivided logits: (dlogp * ([i == target] - p_i) - dentropy * p_i (log p_i +
/// entropy)) * inverse_temperature, p = exp(x - logsumexp). `target` is relative to this tile and
/// may lie outside.
void softmax_backward(float* logits, std::int64_t n, std::int64_t target, float logsumexp,
                      float entropy, float dlogp, float dentropy, float inverse_temperature);

/// y = exp(x - shift) over n floats.
void exp_shifted(const float* x, std::int64_t n, float shift, float* y);

/// Natural logarithm of a positive finite number, the same bits everywhere.
float log(float x);

}  // namespace hone::model::kernels
