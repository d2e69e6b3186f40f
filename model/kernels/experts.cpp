#include "model/kernels/experts.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "model/kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/experts.cpp"
#include "hwy/foreach_target.h"
#include "model/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hone::model::kernels::HWY_NAMESPACE {

void softmax_scores(const float* logits, std::int64_t n, float* scores) {
  constexpr float kLeast = -std::numeric_limits<float>::infinity();
  Lanes top = fill(kLeast);
  for (std::int64_t i = 0; i < n; i += 16) top = max(top, load_some(logits + i, n - i, kLeast));
  const Lanes shift = fill(max(top));
  Lanes sums = fill(0);
  for (std::int64_t i = 0; i < n; i += 16) {
    const Lanes e = exp(load_some(logits + i, n - i, kLeast) - shift);
    store_some(e, scores + i, n - i);
    sums = sums + e;
  }
  const Lanes total = fill(sum(sums));
  sweep(n, [&](std::int64_t i, auto get, auto put) { put(get(scores + i) / total, scores + i); });
}

void sigmoid_scores(const float* logits, std::int64_t n, float* scores) {
  sweep(n, [&](std::int64_t i, auto get, auto put) {
    put(fill(1) / (fill(1) + exp(fill(0) - get(logits + i))), scores + i);
  });
}

void mix_slots(const float* x, const std::int32_t* slots, const float* weights, std::int64_t k,
               std::int64_t d, float* y) {
  sweep(d, [&](std::int64_t i, auto get, auto put) {
    Lanes total = fill(0);
    for (std::int64_t j = 0; j < k; ++j) {
      total = fma(fill(weights[j]), get(x + slots[j] * d + i), total);
    }
    put(total, y + i);
  });
}

float dot(const float* x, const float* y, std::int64_t n) {
  Lanes sums = fill(0);
  sweep(n, [&](std::int64_t i, auto get, auto) { sums = fma(get(x + i), get(y + i), sums); });
  return sum(sums);
}

void scale(const float* x, float factor, std::int64_t n, float* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = factor * x[i];
}

}  // namespace hone::model::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone::model::kernels {
namespace {

HWY_EXPORT(softmax_scores);
HWY_EXPORT(sigmoid_scores);
HWY_EXPORT(mix_slots);
HWY_EXPORT(dot);
HWY_EXPORT(scale);

/// Where the largest of the values that are not taken yet stands, the first of equals. NaN is no
/// largest, but what is left is taken all the same.
std::int64_t take_largest(const std::vector<float>& values, std::vector<bool>& taken) {
  std::int64_t best = -1;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(values.size()); ++i) {
    if (!taken[i] && (best < 0 || values[i] > values[best])) best = i;
  }
  taken[best] = true;
  return best;
}

/// Marks the experts of all but the best groups as taken.
void leave_groups_out(const std::vector<float>& values, const Routing& routing,
                      std::vector<bool>& taken) {
  const std::int64_t size = routing.experts / routing.groups;
  std::vector<float> sums(routing.groups);
  for (std::int64_t g = 0; g < routing.groups; ++g) {
    float first = -std::numeric_limits<float>::infinity();
    float second = first;
    for (std::int64_t i = g * size; i < (g + 1) * size; ++i) {
      second = std::max(second, std::min(first, values[i]));
      first = std::max(first, values[i]);
    }
    sums[g] = first + second;
  }
  std::vector<bool> kept(routing.groups, false);
  for (std::int64_t i = 0; i < routing.kept_groups; ++i) take_largest(sums, kept);
  for (std::int64_t i = 0; i < routing.experts; ++i) taken[i] = !kept[i / size];
}

float sum_of_chosen(const float* scores, const std::int32_t* experts, const Routing& routing) {
  float sum = 0;
  for (std::int64_t j = 0; j < routing.chosen; ++j) sum += scores[experts[j]];
  return sum + 1e-20f;
}

}  // namespace

void router_scores(const float* logits, const Routing& routing, float* scores) {
  if (routing.sigmoid) {
    HWY_DYNAMIC_DISPATCH(sigmoid_scores)(logits, routing.experts, scores);
  } else {
    HWY_DYNAMIC_DISPATCH(softmax_scores)(logits, routing.experts, scores);
  }
}

void choose_experts(const float* scores, const float* bias, const Routing& routing,
                    std::int32_t* experts) {
  thread_local std::vector<float> values;
  thread_local std::vector<bool> taken;
  values.assign(scores, scores + routing.experts);
  if (bias != nullptr) {
    for (std::int64_t i = 0; i < routing.experts; ++i) values[i] += bias[i];
  }
  taken.assign(routing.experts, false);
  if (routing.kept_groups < routing.groups) leave_groups_out(values, routing, taken);
  for (std::int64_t j = 0; j < routing.chosen; ++j) {
    experts[j] = static_cast<std::int32_t>(take_largest(values, taken));
  }
  std::sort(experts, experts + routing.chosen);
}

void expert_weights(const float* scores, const std::int32_t* experts, const Routing& routing,
                    float* weights) {
  const float sum = routing.normalize ? sum_of_chosen(scores, experts, routing) : 1;
  for (std::int64_t j = 0; j < routing.chosen; ++j) {
    const float score = scores[experts[j]];
    weights[j] = (routing.normalize ? score / sum : score) * routing.factor;
  }
}

void expert_weights_backward(const float* dweights, const float* scores,
                             const std::int32_t* experts, const Routing& routing, float* dlogits) {
  const float sum = routing.normalize ? sum_of_chosen(scores, experts, routing) : 1;
  float pull = 0;  // what normalizing takes from every chosen score
  for (std::int64_t j = 0; routing.normalize && j < routing.chosen; ++j) {
    pull += dweights[j] * scores[experts[j]] / sum;
  }
  std::fill(dlogits, dlogits + routing.experts, 0.0f);
  float mean = 0;  // of dscores under the softmax
  for (std::int64_t j = 0; j < routing.chosen; ++j) {
    const float score = scores[experts[j]];
    const float dscore = (dweights[j] - pull) / sum * routing.factor;
    dlogits[experts[j]] = routing.sigmoid ? dscore * score * (1 - score) : dscore * score;
    mean += dscore * score;
  }
  for (std::int64_t i = 0; !routing.sigmoid && i < routing.experts; ++i) {
    dlogits[i] -= scores[i] * mean;
  }
}

void mix_slots(const float* x, const std::int32_t* slots, const float* weights, std::int64_t k,
               std::int64_t d, float* y) {
  HWY_DYNAMIC_DISPATCH(mix_slots)(x, slots, weights, k, d, y);
}

float dot(const float* x, const float* y, std::int64_t n) {
  return HWY_DYNAMIC_DISPATCH(dot)(x, y, n);
}

void scale(const float* x, float factor, std::int64_t n, float* y) {
  HWY_DYNAMIC_DISPATCH(scale)(x, factor, n, y);
}

}  // namespace hone::model::kernels
#endif  // HWY_ONCE
