#include "model/kernels/rows.h"

#include <cmath>

#include "model/kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/rows.cpp"
#include "hwy/foreach_target.h"
#include "model/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hone::model::kernels::HWY_NAMESPACE {

/// A norm's factors, 16 of them.
template <bool kPlusOne>
HWY_INLINE Lanes factors(const Lanes& weight) {
  if constexpr (kPlusOne) return fill(1) + weight;
  return weight;
}

template <bool kPlusOne>
void rmsnorm_rows(const float* x, const float* weight, float eps, std::int64_t rows, std::int64_t d,
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
      put(factors<kPlusOne>(get(weight + i)) * (get(x + i) * s16), y + i);
    });
    if (scale != nullptr) scale[r] = s;
  }
}

void rmsnorm(const float* x, const float* weight, float eps, std::int64_t rows, std::int64_t d,
             float* y, float* scale, bool plus_one) {
  if (plus_one) {
    rmsnorm_rows<true>(x, weight, eps, rows, d, y, scale);
  } else {
    rmsnorm_rows<false>(x, weight, eps, rows, d, y, scale);
  }
}

template <bool kPlusOne>
void rmsnorm_rows_backward(const float* dy, const float* x, const float* weight, const float* scale,
                           std::int64_t rows, std::int64_t d, float* dx, float* dw) {
  for (std::int64_t r = 0; r < rows; ++r, x += d, dy += d, dx += d) {
    const float s = scale[r];
    Lanes dots = fill(0);
    sweep(d, [&](std::int64_t i, auto get, auto) {
      dots = fma(get(dy + i) * factors<kPlusOne>(get(weight + i)), get(x + i), dots);
    });
    // d(x s)/dx = s (I - x x^T s^2 / d)
    const Lanes pull = fill(-sum(dots) * s * s * s / static_cast<float>(d));
    const Lanes s16 = fill(s);
    sweep(d, [&](std::int64_t i, auto get, auto put) {
      const Lanes a = get(x + i);
      const Lanes g = get(dy + i);
      put(fma(a, pull, g * factors<kPlusOne>(get(weight + i)) * s16), dx + i);
      put(fma(g, a * s16, get(dw + i)), dw + i);
    });
  }
}

void rmsnorm_backward(const float* dy, const float* x, const float* weight, const float* scale,
                      std::int64_t rows, std::int64_t d, float* dx, float* dw, bool plus_one) {
  if (plus_one) {
    rmsnorm_rows_backward<true>(dy, x, weight, scale, rows, d, dx, dw);
  } else {
    rmsnorm_rows_backward<false>(dy, x, weight, scale, rows, d, dx, dw);
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

constexpr float kGeluScale = 1.5957691216057308f;  // 2 sqrt(2 / pi)
constexpr float kGeluCube = 0.044715f;

/// (1 + tanh(u)) / 2 of the GELU's u, as 1 / (1 + exp(-2 u)): small values keep their digits.
HWY_INLINE Lanes gelu_gate(const Lanes& x) {
  const Lanes u2 = fma(x * x * x, fill(kGeluCube), x) * fill(kGeluScale);
  return fill(1) / (fill(1) + exp(fill(0) - u2));
}

void geglu(const float* gate, const float* up, std::int64_t n, float* y) {
  sweep(n, [&](std::int64_t i, auto get, auto put) {
    const Lanes g = get(gate + i);
    put(g * gelu_gate(g) * get(up + i), y + i);
  });
}

void geglu_backward(const float* dy, const float* gate, const float* up, std::int64_t n,
                    float* dgate, float* dup) {
  sweep(n, [&](std::int64_t i, auto get, auto put) {
    const Lanes g = get(gate + i);
    const Lanes d = get(dy + i);
    const Lanes open = gelu_gate(g);
    const Lanes slope = fma(g * g, fill(3 * kGeluCube), fill(1)) * fill(kGeluScale);  // d(2u)/dx
    put(d * g * open, dup + i);
    put(d * get(up + i) * fma(g * open * (fill(1) - open), slope, open), dgate + i);
  });
}

void softcap(float* x, std::int64_t n, float cap) {
  const Lanes c = fill(cap);
  sweep(n, [&](std::int64_t i, auto get, auto put) { put(c * tanh(get(x + i) / c), x + i); });
}

void softcap_backward(const float* y, std::int64_t n, float cap, float* dx) {
  const Lanes c = fill(cap);
  sweep(n, [&](std::int64_t i, auto get, auto put) {
    const Lanes t = get(y + i) / c;
    put(get(dx + i) * (fill(1) - t * t), dx + i);
  });
}

/// Pairs are `stride` floats apart, and each begins `step` floats after the one before.
HWY_INLINE void rotate(float* x, const std::int32_t* positions, const float* tables,
                       std::int64_t rows, std::int64_t heads, std::int64_t h, bool inverse,
                       std::int64_t stride, std::int64_t step) {
  const std::int64_t half = h / 2;
  const float sign = inverse ? -1.0f : 1.0f;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* cosine = tables + positions[r] * h;
    const float* sine = cosine + half;
    for (std::int64_t head = 0; head < heads; ++head, x += h) {
      // Plain products and sums: the compiler may vectorise them without changing a bit.
      for (std::int64_t i = 0; i < half; ++i) {
        float* const pair = x + i * step;
        const float a = pair[0];
        const float b = pair[stride];
        const float s = sign * sine[i];
        pair[0] = a * cosine[i] - b * s;
        pair[stride] = b * cosine[i] + a * s;
      }
    }
  }
}

void rope(float* x, const std::int32_t* positions, const float* tables, std::int64_t rows,
          std::int64_t heads, std::int64_t h, bool inverse) {
  rotate(x, positions, tables, rows, heads, h, inverse, h / 2, 1);
}

void rope_pairs(float* x, const std::int32_t* positions, const float* tables, std::int64_t rows,
                std::int64_t heads, std::int64_t h, bool inverse) {
  rotate(x, positions, tables, rows, heads, h, inverse, 1, 2);
}

void multiply(float factor, std::int64_t n, float* x) {
  for (std::int64_t i = 0; i < n; ++i) x[i] *= factor;
}

void add(const float* y, std::int64_t n, float* x) {
  for (std::int64_t i = 0; i < n; ++i) x[i] += y[i];
}

void copy_to_memory(const float* x, std::int64_t n, float* y) {
  constexpr std::uintptr_t kLineBytes = 64;
  const bool on_a_line = reinterpret_cast<std::uintptr_t>(y) % kLineBytes == 0;
  std::int64_t i = 0;
  for (; on_a_line && i + 16 <= n; i += 16) stream(load(x + i), y + i);
  for (; i + 16 <= n; i += 16) store(load(x + i), y + i);
  if (i < n) store_some(load_some(x + i, n - i), y + i, n - i);
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
HWY_EXPORT(geglu);
HWY_EXPORT(geglu_backward);
HWY_EXPORT(softcap);
HWY_EXPORT(softcap_backward);
HWY_EXPORT(rope);
HWY_EXPORT(rope_pairs);
HWY_EXPORT(multiply);
HWY_EXPORT(add);
HWY_EXPORT(copy_to_memory);
}  // namespace

void rmsnorm(const float* x, const float* weight, float eps, std::int64_t rows, std::int64_t d,
             float* y, float* scale, bool plus_one) {
  HWY_DYNAMIC_DISPATCH(rmsnorm)(x, weight, eps, rows, d, y, scale, plus_one);
}
void rmsnorm_backward(const float* dy, const float* x, const float* weight, const float* scale,
                      std::int64_t rows, std::int64_t d, float* dx, float* dw, bool plus_one) {
  HWY_DYNAMIC_DISPATCH(rmsnorm_backward)(dy, x, weight, scale, rows, d, dx, dw, plus_one);
}
void swiglu(const float* gate, const float* up, std::int64_t n, float* y) {
  HWY_DYNAMIC_DISPATCH(swiglu)(gate, up, n, y);
}
void swiglu_backward(const float* dy, const float* gate, const float* up, std::int64_t n,
                     float* dgate, float* dup) {
  HWY_DYNAMIC_DISPATCH(swiglu_backward)(dy, gate, up, n, dgate, dup);
}
void geglu(const float* gate, const float* up, std::int64_t n, float* y) {
  HWY_DYNAMIC_DISPATCH(geglu)(gate, up, n, y);
}
void geglu_backward(const float* dy, const float* gate, const float* up, std::int64_t n,
                    float* dgate, float* dup) {
  HWY_DYNAMIC_DISPATCH(geglu_backward)(dy, gate, up, n, dgate, dup);
}
void softcap(float* x, std::int64_t n, float cap) { HWY_DYNAMIC_DISPATCH(softcap)(x, n, cap); }
void softcap_backward(const float* y, std::int64_t n, float cap, float* dx) {
  HWY_DYNAMIC_DISPATCH(softcap_backward)(y, n, cap, dx);
}
void rope(float* x, const std::int32_t* positions, const float* tables, std::int64_t rows,
          std::int64_t heads, std::int64_t h, bool inverse) {
  HWY_DYNAMIC_DISPATCH(rope)(x, positions, tables, rows, heads, h, inverse);
}
void rope_pairs(float* x, const std::int32_t* positions, const float* tables, std::int64_t rows,
                std::int64_t heads, std::int64_t h, bool inverse) {
  HWY_DYNAMIC_DISPATCH(rope_pairs)(x, positions, tables, rows, heads, h, inverse);
}
void multiply(float factor, std::int64_t n, float* x) {
  HWY_DYNAMIC_DISPATCH(multiply)(factor, n, x);
}
void add(const float* y, std::int64_t n, float* x) { HWY_DYNAMIC_DISPATCH(add)(y, n, x); }
void copy_to_memory(const float* x, std::int64_t n, float* y) {
  HWY_DYNAMIC_DISPATCH(copy_to_memory)(x, n, y);
}

}  // namespace hone::model::kernels
#endif  // HWY_ONCE
