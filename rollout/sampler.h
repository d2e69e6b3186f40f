#pragma once

#include <cstdint>

#include "model/kernels/softmax.h"

namespace hone::rollout {

struct SamplingConfig {
  double temperature = 1.0;
  double top_p = 1.0;   // below 1 only outside training: it breaks the ratio of probabilities
  bool greedy = false;  // the likeliest token; logprobs stay those of the temperature
  std::int64_t max_new_tokens = 256;
  bool ignore_eos = false;  // every completion runs to max_new_tokens
};

struct SampledToken {
  std::int32_t token;
  float logprob;  // under softmax(logits / temperature): the very float that training computes
  model::kernels::SoftmaxSummary softmax;
};

/// Draws from logits [V], which it overwrites; `uniform` in [0, 1) decides, by inverting the
/// cumulative distribution.
SampledToken sample_token(float* logits, std::int64_t vocab_size, const SamplingConfig& config,
                          float uniform);

}  // namespace hone::rollout
