#include "model/kernels/rows.h"

#include <cmath>

#include "model/kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/rows.cpp"
#include "hwy/foreach_target.h"
#include "model/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hone::model::kernels::HWY_NAMESPACE {

void rmsnorm(const float* x, const float* weight, float eps, std::int64_t rows, std::int64_t d,
             float* y, float* scale) {
  for (std::int64_t r = 0; r < rows; ++r, x += d, y += d) {
    Lanes squares = fill(0);
    sweep(d, [&](std::int64_t i, auto get, auto) {
      const Lanes a = get(x + i);
      squares = fma(a, a, squares);
    });
    const float s = 1.0f / std::sqrt(sum(squares) / static_cast<float>(d) + eps);
    const Lanes s16 = fill(s);
    sweep(d, [&](std::int64_t i, auto get, auto put) {
      put(get(weight + i) * (get(x + i) * s16), y + i);
    });
    if (scale != nullptr) scale[r] = s;
  }
}

void rmsnorm_backward(const float* dy, const float* x, const float* weight, const float* scale,
                      std::int64_t rows, std::int64_t d, float* dx, float* dw) {
  for (std::int64_t r = 0; r < rows; ++r, x += d, dy += d, dx += d) {
    const float s = scale[r];
    Lanes dots = fill(0);
    sweep(d, [&](std::int64_t i, auto get, auto) {
      dots = fma(get(dy + i) * get(weight + i), get(x + i), dots);
    });
    // d(x s)/dx = s (I - x x^T s^2 / d)
    const Lanes pull = fill(-sum(dots) * s * s * s / static_cast<float>(d));
    const Lanes s16 = fill(s);
    sweep(d, [&](std::int64_t i, auto get, auto put) {
      const Lanes a = get(x + i);
      const Lanes g = get(dy + i);
      put(fma(a, pull, g * get(weight + i) * s16), dx + i);
      put(fma(g, a * s16, get(dw + i)), dw + i);
    });
  }
}

void swiglu(const float* gate, const float* up, std::int64_t n, float* y) {
  sweep(n, [&](std::int64_t i, auto get, auto put) {
    const Lanes g = get(gate + i);
    put(g / (fill(1) + exp(fill(0) - g)) * get(up + i), y + i);
  });
}

void swiglu_backward(const float* dy, const float* gate, const float* up, std::int64_t n,
                     float* dgate, float* dup) {
  sweep(n, [&](std::int64_t i, auto get, auto put) {
    const Lanes g = get(gate + i);
    const Lanes d = get(dy + i);
    const Lanes sigmoid = fill(1) / (fill(1) + exp(fill(0) - g));
    put(d * g * sigmoid, dup + i);
    put(d * get(up + i) * sigmoid * (fill(1) + g * (fill(1) - sigmoid)), dgate + i);
  });
}

void rope(float* x, const std::int32_t* positions, const float* tables, std::int64_t rows,
          std::int64_t heads, std::int64_t h, bool inverse) {
  const std::int64_t half = h / 2;
  const float sign = inverse ? -1.0f : 1.0f;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* cosine = tables + positions[r] * h;
    const float* sine = cosine + half;
    for (std::int64_t head = 0; head < heads; ++head, x += h) {
      // Plain products and sums: the compiler may vectorise them without changing a bit.
      for (std::int64_t i = 0; i < half; ++i) {
        const float a = x[i];
        const float b = x[i + half];
        const float s = sign * sine[i];
        x[i] = a * cosine[i] - b * s;
        x[i + half] = b * cosine[i] + a * s;
      }
    }
  }
}

void add(const float* y, std::int64_t n, float* x) {
  for (std::int64_t i = 0; i < n; ++i) x[i] += y[i];
}

}  // namespace hone::model::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone::model::kernels {
namespace {
HWY_EXPORT(rmsnorm);
HWY_EXPORT(rmsnorm_backward);
HWY_EXPORT(swiglu);
HWY_EXPORT(swiglu_backward);
HWY_EXPORT(rope);
HWY_EXPORT(add);
}  // namespace

void rmsnorm(const float* x, const float* weight, float eps, std::int64_t rows, std::int64_t d,
             float* y, float* scale) {
  HWY_DYNAMIC_DISPATCH(rmsnorm)(x, weight, eps, rows, d, y, scale);
}
void rmsnorm_backward(const float* dy, const float* x, const float* weight, const float* scale,
                      std::int64_t rows, std::int64_t d, float* dx, float* dw) {
  HWY_DYNAMIC_DISPATCH(rmsnorm_backward)(dy, x, weight, scale, rows, d, dx, dw);
}
void swiglu(const float* gate, const float* up, std::int64_t n, float* y) {
  HWY_DYNAMIC_DISPATCH(swiglu)(gate, up, n, y);
}
void swiglu_backward(const float* dy, const float* gate, const float* up, std::int64_t n,
                     float* dgate, float* dup) {
  HWY_DYNAMIC_DISPATCH(swiglu_backward)(dy, gate, up, n, dgate, dup);
}
void rope(float* x, const std::int32_t* positions, const float* tables, std::int64_t rows,
          std::int64_t heads, std::int64_t h, bool inverse) {
  HWY_DYNAMIC_DISPATCH(rope)(x, positions, tables, rows, heads, h, inverse);
}
void add(const float* y, std::int64_t n, float* x) { HWY_DYNAMIC_DISPATCH(add)(y, n, x); }

}  // namespace hone::model::kernels
#endif  // HWY_ONCE
