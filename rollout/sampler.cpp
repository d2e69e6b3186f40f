#include "rollout/sampler.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace hone::rollout {
namespace {

namespace kernels = model::kernels;
using kernels::kVocabTile;

/// Weight of each token, exp(x - max), for those that make up the first `top_p` of the probability.
void keep_nucleus(std::vector<float>& weights, double total, double top_p) {
  std::vector<std::int32_t> order(weights.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return weights[a] != weights[b] ? weights[a] > weights[b] : a < b;
  });
  double sum = 0;
  for (const std::int32_t token : order) {
    const bool inside = sum < top_p * total;
    sum += weights[token];
    if (!inside) weights[token] = 0;
  }
}

/// The first place at which the running sum of weights passes `target`; the last that has a weight
/// if rounding kept the sum below.
template <class T>
std::int64_t invert(const std::vector<T>& weights, double target, double* before = nullptr) {
  double sum = 0;
  std::int64_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    if (before != nullptr) *before = sum;
    sum += weights[i];
    last = static_cast<std::int64_t>(i);
    if (sum > target) break;
  }
  return last;
}

std::int32_t draw_from_nucleus(const float* logits, std::int64_t vocab_size, float max,
                               double top_p, float uniform) {
  std::vector<float> weights(vocab_size);
  kernels::exp_shifted(logits, vocab_size, max, weights.data());
  keep_nucleus(weights, std::accumulate(weights.begin(), weights.end(), 0.0), top_p);
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  return static_cast<std::int32_t>(invert(weights, uniform * total));
}

/// First the tile, by the sums that the softmax has made already, then the token within it: most of
/// the vocabulary is looked at once.
std::int32_t draw_token(const float* logits, std::int64_t vocab_size,
                        const std::vector<kernels::SoftmaxState>& tiles, float max, float uniform) {
  thread_local std::vector<double> masses;
  masses.clear();
  double total = 0;
  for (const kernels::SoftmaxState& tile : tiles) {
    float scale = 0;
    kernels::exp_shifted(&tile.max, 1, max, &scale);
    masses.push_back(static_cast<double>(kernels::softmax_sum(tile)) * scale);
    total += masses.back();
  }
  double before = 0;
  const std::int64_t tile = invert(masses, uniform * total, &before);
  const std::int64_t begin = tile * kVocabTile;
  thread_local std::vector<float> weights;
  weights.resize(std::min(kVocabTile, vocab_size - begin));
  kernels::exp_shifted(logits + begin, static_cast<std::int64_t>(weights.size()), max,
                       weights.data());
  return static_cast<std::int32_t>(begin + invert(weights, uniform * total - before));
}

}  // namespace

SampledToken sample_token(float* logits, std::int64_t vocab_size, const SamplingConfig& config,
                          float uniform) {
  thread_local std::vector<kernels::SoftmaxState> tiles;
  tiles.clear();
  kernels::SoftmaxState state = kernels::softmax_of_none();
  const float inverse = static_cast<float>(1.0 / config.temperature);
  for (std::int64_t i = 0; i < vocab_size; i += kVocabTile) {
    tiles.push_back(
        kernels::softmax_of_tile(logits + i, std::min(kVocabTile, vocab_size - i), inverse));
    kernels::softmax_merge(state, tiles.back());
  }
  const kernels::SoftmaxSummary softmax = kernels::softmax_summary(state);
  std::int32_t token = 0;
  if (config.greedy) {
    token = static_cast<std::int32_t>(std::max_element(logits, logits + vocab_size) - logits);
  } else if (config.top_p < 1) {
    token = draw_from_nucleus(logits, vocab_size, state.max, config.top_p, uniform);
  } else {
    token = draw_token(logits, vocab_size, tiles, state.max, uniform);
  }
  return {token, logits[token] - softmax.logsumexp, softmax};
}

}  // namespace hone::rollout
