#include "model/kernels/adamw.h"

#include <algorithm>
#include <limits>

#include "model/kernels/dynamic_map.h"
#include "model/kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/adamw.cpp"
#include "hwy/foreach_target.h"
#include "model/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hone::model::kernels::HWY_NAMESPACE {

void adamw(const AdamwStep& step, const float* gradient, std::int64_t n, float* p, float* m,
           float* v) {
  const Lanes scale = fill(step.gradient_scale);
  const Lanes beta1_rest = fill(step.beta1_rest);
  const Lanes beta2 = fill(step.beta2);
  const Lanes beta2_rest = fill(step.beta2_rest);
  const Lanes correction = fill(step.correction2_sqrt);
  const Lanes eps = fill(step.eps);
  const Lanes step_size = fill(step.step_size);
  const Lanes keep = fill(step.keep);
  sweep(n, [&](std::int64_t i, auto get, auto put) {
    const Lanes g = get(gradient + i) * scale;
    const Lanes m_old = get(m + i);
    const Lanes m_new = m_old + beta1_rest * (g - m_old);
    const Lanes v_new = beta2 * get(v + i) + beta2_rest * g * g;
    put(get(p + i) * keep - step_size * (m_new / (sqrt(v_new) / correction + eps)), p + i);
    put(m_new, m + i);
    put(v_new, v + i);
  });
}

HWY_INLINE void widen(const DynamicMap& map, const Moment8bit& moment, std::int64_t block,
                      std::int64_t n, float* values) {
  const std::uint8_t* codes = moment.codes + block * kMomentBlock;
  const float absmax = moment.absmax[block];
  for (std::int64_t i = 0; i < n; ++i) values[i] = map.values()[codes[i]] * absmax;
}

HWY_INLINE void narrow(const DynamicMap& map, float* values, std::int64_t n, std::int64_t block,
                       const Moment8bit& moment) {
  Lanes largest = fill(std::numeric_limits<float>::min());  // a block of zeros divides by this
  sweep(n, [&](std::int64_t i, auto get, auto) {
    const Lanes x = get(values + i);
    largest = max(largest, max(x, fill(0) - x));
  });
  const float absmax = max(largest);
  const Lanes inverse = fill(1.0f / absmax);
  sweep(n, [&](std::int64_t i, auto get, auto put) { put(get(values + i) * inverse, values + i); });
  std::uint8_t* codes = moment.codes + block * kMomentBlock;
  for (std::int64_t i = 0; i < n; ++i) codes[i] = map.encode(values[i]);
  moment.absmax[block] = absmax;
}

void adamw_8bit(const AdamwStep& step, const float* gradient, std::int64_t n, float* p,
                const Moment8bit& m, const Moment8bit& v) {
  const DynamicMap& signed_map = DynamicMap::signed_map();
  const DynamicMap& unsigned_map = DynamicMap::unsigned_map();
  HWY_ALIGN float m_block[kMomentBlock];
  HWY_ALIGN float v_block[kMomentBlock];
  for (std::int64_t block = 0; block * kMomentBlock < n; ++block) {
    const std::int64_t first = block * kMomentBlock;
    const std::int64_t count = std::min(kMomentBlock, n - first);
    widen(signed_map, m, block, count, m_block);
    widen(unsigned_map, v, block, count, v_block);
    HWY_NAMESPACE::adamw(step, gradient + first, count, p + first, m_block, v_block);
    narrow(signed_map, m_block, count, block, m);
    narrow(unsigned_map, v_block, count, block, v);
  }
}

double sum_of_squares(const float* x, std::int64_t n) {
  using Tag64 = hn::CappedTag<double, 16>;
  constexpr int kWidth64 = static_cast<int>(hn::MaxLanes(Tag64()));
  constexpr int kParts64 = 16 / kWidth64;
  const hn::Rebind<float, Tag64> narrow_tag;
  hn::Vec<Tag64> squares[kParts64];
  for (auto& part : squares) part = hn::Zero(Tag64());
  const auto add = [&](const float* from) {
    for (int part = 0; part < kParts64; ++part) {
      const auto wide = hn::PromoteTo(Tag64(), hn::LoadU(narrow_tag, from + part * kWidth64));
      // A float's square is exact in a double, so that fusing would change no bit.
      squares[part] = hn::Add(squares[part], hn::Mul(wide, wide));
    }
  };
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) add(x + i);
  if (i < n) {
    float rest[16] = {};
    std::copy(x + i, x + n, rest);
    add(rest);
  }
  HWY_ALIGN double lanes[16];
  for (int part = 0; part < kParts64; ++part) {
    hn::Store(squares[part], Tag64(), lanes + part * kWidth64);
  }
  for (int half = 8; half > 0; half /= 2) {
    for (int lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}

}  // namespace hone::model::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone::model::kernels {
namespace {
HWY_EXPORT(adamw);
HWY_EXPORT(adamw_8bit);
HWY_EXPORT(sum_of_squares);
}  // namespace

void adamw(const AdamwStep& step, const float* gradient, std::int64_t n, float* p, float* m,
           float* v) {
  HWY_DYNAMIC_DISPATCH(adamw)(step, gradient, n, p, m, v);
}
void adamw_8bit(const AdamwStep& step, const float* gradient, std::int64_t n, float* p,
                const Moment8bit& m, const Moment8bit& v) {
  HWY_DYNAMIC_DISPATCH(adamw_8bit)(step, gradient, n, p, m, v);
}
double sum_of_squares(const float* x, std::int64_t n) {
  return HWY_DYNAMIC_DISPATCH(sum_of_squares)(x, n);
}

}  // namespace hone::model::kernels
#endif  // HWY_ONCE
