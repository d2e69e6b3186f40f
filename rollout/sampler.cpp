#include "rollout/sampler.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "model/kernels/softmax.h"

namespace hone::rollout {
namespace {

using model::kernels::kVocabTile;

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

/// The first token at which the running sum of weights passes uniform * total.
std::int32_t invert(const std::vector<float>& weights, double total, float uniform) {
  const double target = uniform * total;
  double sum = 0;
  std::int32_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    sum += weights[i];
    last = static_cast<std::int32_t>(i);
    if (sum > target) break;
  }
  return last;
}

}  // namespace

SampledToken sample_token(float* logits, std::int64_t vocab_size, const SamplingConfig& config,
                          float uniform) {
  namespace kernels = model::kernels;
  kernels::SoftmaxState state;
  kernels::softmax_begin(state);
  const float inverse = static_cast<float>(1.0 / config.temperature);
  for (std::int64_t i = 0; i < vocab_size; i += kVocabTile) {
    kernels::softmax_update(state, logits + i, std::min(kVocabTile, vocab_size - i), inverse);
  }
  const float logsumexp = kernels::softmax_logsumexp(state);
  std::int32_t token = 0;
  if (config.greedy) {
    token = static_cast<std::int32_t>(std::max_element(logits, logits + vocab_size) - logits);
  } else {
    thread_local std::vector<float> weights;
    weights.resize(vocab_size);
    kernels::exp_shifted(logits, vocab_size, state.max, weights.data());
    double total = 0;
    for (const float weight : weights) total += weight;
    if (config.top_p < 1) {
      keep_nucleus(weights, total, config.top_p);
      total = std::accumulate(weights.begin(), weights.end(), 0.0);
    }
    token = invert(weights, total, uniform);
  }
  return {token, logits[token] - logsumexp};
}

}  // namespace hone::rollout
