#pragma once

#include <cstdint>

namespace hone::model::kernels {

/// How a token's experts are chosen and weighed.
struct Routing {
  std::int64_t experts;  // E
  std::int64_t chosen;   // k
  bool sigmoid = false;  // scores are a sigmoid of the logits, else their softmax
  std::int64_t groups = 1, kept_groups = 1;  // the choice is among the best groups of neighbours
  bool normalize = false;                    // weights are made to add up to 1
  float factor = 1;                          // and multiplied by this
};

// A row at a time, on the calling thread. A row's result depends on that row alone.

/// scores [E] of logits [E].
void router_scores(const float* logits, const Routing& routing, float* scores);

/// The experts [k] with the largest scores + bias (or no bias: null), in rising order; of equals
/// the first. With groups: among the experts of those groups whose two largest add up to most.
/// Source: DeepSeek-V3 (2412.19437), section 2.1.2; transformers' DeepseekV3TopkRouter.
void choose_experts(const float* scores, const float* bias, const Routing& routing,
                    std::int32_t* experts);

/// weights [k] of the chosen experts, of their scores alone.
void expert_weights(const float* scores, const std::int32_t* experts, const Routing& routing,
                    float* weights);

/// dlogits [E] of weights that are used with dweights [k].
void expert_weights_backward(const float* dweights, const float* scores,
                             const std::int32_t* experts, const Routing& routing, float* dlogits);

/// y [D] = sum over j of weights[j] * the row slots[j] of x [.., D], in the order of j.
void mix_slots(const float* x, const std::int32_t* slots, const float* weights, std::int64_t k,
               std::int64_t d, float* y);

/// The sum of x * y over n floats.
float dot(const float* x, const float* y, std::int64_t n);

/// y = factor * x over n floats.
void scale(const float* x, float factor, std::int64_t n, float* y);

}  // namespace hone::model::kernels
