#include "model/kernels/softmax.h"

#include <bit>
#include <cmath>
#include <limits>

#include "model/kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/softmax.cpp"
#include "hwy/foreach_target.h"
#include "model/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hone::model::kernels::HWY_NAMESPACE {

/// The last vector of a tile is padded with -inf, whose exponential is 0.
HWY_INLINE Lanes load_logits(const float* x, std::int64_t left) {
  return load_some(x, left, -std::numeric_limits<float>::infinity());
}

void of_tile(float* logits, std::int64_t n, float inverse_temperature, SoftmaxState& state) {
  const Lanes scale = fill(inverse_temperature);
  Lanes top = fill(-std::numeric_limits<float>::infinity());
  for (std::int64_t i = 0; i < n; i += 16) {
    const Lanes x = load_logits(logits + i, n - i) * scale;
    store_some(x, logits + i, n - i);
    top = max(top, x);
  }
  state.max = max(top);
  const Lanes shift = fill(state.max);
  Lanes sums = fill(0);
  Lanes weighted = fill(0);
  for (std::int64_t i = 0; i < n; i += 16) {
    const Lanes x = load_logits(logits + i, n - i);
    const Lanes e = exp(x - shift);
    sums = sums + e;
    // exp(x) x is 0, not NaN, where x is -inf.
    weighted = each([&](auto p) {
      const auto some = hn::Gt(e.part[p], hn::Zero(Tag()));
      return fused(e.part[p], hn::IfThenElseZero(some, x.part[p]), weighted.part[p]);
    });
  }
  store(sums, state.sums);
  store(weighted, state.weighted);
}

void merge(SoftmaxState& state, const SoftmaxState& tile) {
  const float largest = state.max > tile.max ? state.max : tile.max;
  const Lanes keep = fill(exp(state.max - largest));
  const Lanes take = fill(exp(tile.max - largest));
  store(fma(load(state.sums), keep, load(tile.sums) * take), state.sums);
  store(fma(load(state.weighted), keep, load(tile.weighted) * take), state.weighted);
  state.max = largest;
}

void exp_shifted(const float* x, std::int64_t n, float shift, float* y) {
  const Lanes s = fill(shift);
  for (std::int64_t i = 0; i < n; i += 16) {
    store_some(exp(load_logits(x + i, n - i) - s), y + i, n - i);
  }
}

float lane_sum(const float* lanes) { return sum(load(lanes)); }

void backward(float* logits, std::int64_t n, std::int64_t target, float logsumexp, float entropy,
              float dlogp, float dentropy, float inverse_temperature) {
  const Lanes lse = fill(logsumexp);
  const Lanes h = fill(entropy);
  const Lanes minus_dlogp = fill(-dlogp * inverse_temperature);
  const Lanes minus_dentropy = fill(-dentropy * inverse_temperature);
  for (std::int64_t i = 0; i < n; i += 16) {
    const Lanes logp = load_logits(logits + i, n - i) - lse;
    const Lanes p = exp(logp);
    Lanes g = p * minus_dlogp;
    if (dentropy != 0) {
      const Lanes safe = max(logp, fill(-87.3f));  // p is 0 below
      g = fma(p * (safe + h), minus_dentropy, g);
    }
    store_some(g, logits + i, n - i);
  }
  if (target >= 0 && target < n) logits[target] += dlogp * inverse_temperature;
}

}  // namespace hone::model::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone::model::kernels {
namespace {
HWY_EXPORT(of_tile);
HWY_EXPORT(merge);
HWY_EXPORT(exp_shifted);
HWY_EXPORT(lane_sum);
HWY_EXPORT(backward);
}  // namespace

SoftmaxState softmax_of_none() {
  SoftmaxState state{};
  state.max = -std::numeric_limits<float>::infinity();
  return state;
}

SoftmaxState softmax_of_tile(float* logits, std::int64_t n, float inverse_temperature) {
  SoftmaxState state;
  HWY_DYNAMIC_DISPATCH(of_tile)(logits, n, inverse_temperature, state);
  return state;
}

void softmax_merge(SoftmaxState& state, const SoftmaxState& tile) {
  HWY_DYNAMIC_DISPATCH(merge)(state, tile);
}

float softmax_sum(const SoftmaxState& state) { return HWY_DYNAMIC_DISPATCH(lane_sum)(state.sums); }

void exp_shifted(const float* x, std::int64_t n, float shift, float* y) {
  HWY_DYNAMIC_DISPATCH(exp_shifted)(x, n, shift, y);
}

SoftmaxSummary softmax_summary(const SoftmaxState& state) {
  const float sum = softmax_sum(state);
  const float logsumexp = state.max + log(sum);
  const float mean = HWY_DYNAMIC_DISPATCH(lane_sum)(state.weighted) / sum;
  return {logsumexp, logsumexp - mean, state.max - logsumexp};
}

void softmax_backward(float* logits, std::int64_t n, std::int64_t target, float logsumexp,
                      float entropy, float dlogp, float dentropy, float inverse_temperature) {
  HWY_DYNAMIC_DISPATCH(backward)
  (logits, n, target, logsumexp, entropy, dlogp, dentropy, inverse_temperature);
}

float log(float x) {
  // In double and without the C library, whose result may differ in the last bit from one processor
  // to another: log(m 2^e) = e ln 2 + 2 atanh((m - 1) / (m + 1)), m in [sqrt(1/2), sqrt(2)).
  if (!(x > 0) || std::isinf(x)) return std::log(x);
  int exponent = 0;
  double m = std::frexp(static_cast<double>(x), &exponent);  // [1/2, 1)
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  const double s = (m - 1) / (m + 1);
  const double s2 = s * s;
  double series = 0;  // |s| <= 0.172: fifteen terms leave 1e-24
  for (int k = 29; k >= 1; k -= 2) series = series * s2 + 1.0 / k;
  return static_cast<float>(exponent * 0.69314718055994530942 + 2 * s * series);
}

}  // namespace hone::model::kernels
#endif  // HWY_ONCE
