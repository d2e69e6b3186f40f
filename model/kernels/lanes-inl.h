// Sixteen fp32 lanes, whatever the instruction set: one 512-bit vector, two of 256 bits, or four
// emulated ones. Every reduction in the kernels is defined on these lanes, so its bits are the same
// on all of them. Included once for each target by foreach_target.h.
#if defined(HONE_MODEL_KERNELS_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HONE_MODEL_KERNELS_LANES_INL_H_
#undef HONE_MODEL_KERNELS_LANES_INL_H_
#else
#define HONE_MODEL_KERNELS_LANES_INL_H_
#endif

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "hwy/highway.h"
#include "model/kernels/bf16.h"

HWY_BEFORE_NAMESPACE();
namespace hone::model::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, 16>;
using IntTag = hn::RebindToSigned<Tag>;
using Vec = hn::Vec<Tag>;
constexpr int kWidth = static_cast<int>(hn::MaxLanes(Tag()));
constexpr int kParts = 16 / kWidth;

struct Lanes {
  Vec part[kParts];
};

/// The second operand if either is NaN, as the instructions of x86 do; the emulations do otherwise.
template <class V>
HWY_INLINE V larger(V a, V b) {
  return hn::IfThenElse(hn::Gt(a, b), a, b);
}
template <class V>
HWY_INLINE V smaller(V a, V b) {
  return hn::IfThenElse(hn::Lt(a, b), a, b);
}

/// a * b + c with one rounding. Emulated targets have no fused instruction, so there it is spelt
/// out.
HWY_INLINE Vec fused(Vec a, Vec b, Vec c) {
#if HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR
  HWY_ALIGN float x[kWidth];
  HWY_ALIGN float y[kWidth];
  HWY_ALIGN float z[kWidth];
  hn::Store(a, Tag(), x);
  hn::Store(b, Tag(), y);
  hn::Store(c, Tag(), z);
  for (int i = 0; i < kWidth; ++i) z[i] = std::fma(x[i], y[i], z[i]);
  return hn::Load(Tag(), z);
#else
  return hn::MulAdd(a, b, c);
#endif
}

/// Calls f(0) to f(n - 1), the index a constant. What a loop fills, g++ 12 leaves in memory; what
/// this fills, it keeps in registers.
template <int n, class F>
HWY_INLINE void unroll(F f) {
  [&]<int... i>(std::integer_sequence<int, i...>) HWY_ATTR {
    (f(std::integral_constant<int, i>()), ...);
  }
  (std::make_integer_sequence<int, n>());
}

/// Calls f(i, j) for all i < rows and j < columns, both constants.
template <int rows, int columns, class F>
HWY_INLINE void for_tile(F f) {
  unroll<rows>([&](auto i) { unroll<columns>([&](auto j) { f(i, j); }); });
}

template <class F>
HWY_INLINE Lanes each(F f) {
  Lanes r;
  unroll<kParts>([&](auto p) { r.part[p] = f(p); });
  return r;
}

HWY_INLINE Lanes fill(float x) {
  return each([&](int) { return hn::Set(Tag(), x); });
}
HWY_INLINE Lanes load(const float* x) {
  return each([&](int p) { return hn::LoadU(Tag(), x + p * kWidth); });
}
/// Widened, which is exact.
HWY_INLINE Lanes load(const Bf16* x) {
  const hn::Rebind<std::uint16_t, Tag> half;
  const hn::RebindToUnsigned<Tag> whole;
  return each([&](int p) {
    const auto bits = hn::LoadU(half, &x[p * kWidth].bits);
    return hn::BitCast(Tag(), hn::ShiftLeft<16>(hn::PromoteTo(whole, bits)));
  });
}
/// Calls f(part, lanes of it that exist) for the parts of which some of n lanes do.
template <class F>
HWY_INLINE void for_parts(std::int64_t n, F f) {
  unroll<kParts>([&](auto p) {
    if (n > p * kWidth) f(p, n - p * kWidth);
  });
}
/// The first n from memory, or all if there are more; the other lanes `rest`.
HWY_INLINE Lanes load_some(const float* x, std::int64_t n, float rest = 0) {
  if (n >= 16) return load(x);
  Lanes r = fill(rest);
  for_parts(n, [&](auto p, std::int64_t left) {
    const float* from = x + p * kWidth;
    if (left >= kWidth) {
      r.part[p] = hn::LoadU(Tag(), from);
      return;
    }
#if HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR
    // Their MaskedLoad reads what the mask leaves out.
    HWY_ALIGN float buffer[kWidth];
    for (int i = 0; i < kWidth; ++i) buffer[i] = i < left ? from[i] : rest;
    r.part[p] = hn::Load(Tag(), buffer);
#else
    const auto mask = hn::FirstN(Tag(), static_cast<std::size_t>(left));
    r.part[p] = hn::IfThenElse(mask, hn::MaskedLoad(mask, Tag(), from), r.part[p]);
#endif
  });
  return r;
}
/// Brings a cache line to L2. Spelt out because g++ 12 takes the built-in function for one that may
/// look at a loop's accumulators, and leaves those in memory.
HWY_INLINE void prefetch([[maybe_unused]] std::uintptr_t address) {
#if HWY_ARCH_X86
  asm volatile("prefetcht1 (%0)" : : "r"(address));
#endif
}
HWY_INLINE void prefetch(const void* address) {
  prefetch(reinterpret_cast<std::uintptr_t>(address));
}
HWY_INLINE void store(const Lanes& a, float* x) {
  for (int p = 0; p < kParts; ++p) hn::StoreU(a.part[p], Tag(), x + p * kWidth);
}
/// The same past the caches, to a cache line's beginning.
HWY_INLINE void stream(const Lanes& a, float* x) {
  for (int p = 0; p < kParts; ++p) hn::Stream(a.part[p], Tag(), x + p * kWidth);
}
HWY_INLINE void store_some(const Lanes& a, float* x, std::int64_t n) {
  if (n >= 16) return store(a, x);
  for_parts(n, [&](auto p, std::int64_t left) {
    if (left >= kWidth) {
      hn::StoreU(a.part[p], Tag(), x + p * kWidth);
    } else {
      const auto mask = hn::FirstN(Tag(), static_cast<std::size_t>(left));
      hn::BlendedStore(a.part[p], mask, Tag(), x + p * kWidth);
    }
  });
}
HWY_INLINE Lanes operator+(const Lanes& a, const Lanes& b) {
  return each([&](int p) { return hn::Add(a.part[p], b.part[p]); });
}
HWY_INLINE Lanes operator-(const Lanes& a, const Lanes& b) {
  return each([&](int p) { return hn::Sub(a.part[p], b.part[p]); });
}
HWY_INLINE Lanes operator*(const Lanes& a, const Lanes& b) {
  return each([&](int p) { return hn::Mul(a.part[p], b.part[p]); });
}
HWY_INLINE Lanes operator/(const Lanes& a, const Lanes& b) {
  return each([&](int p) { return hn::Div(a.part[p], b.part[p]); });
}
HWY_INLINE Lanes fma(const Lanes& a, const Lanes& b, const Lanes& c) {
  return each([&](int p) { return fused(a.part[p], b.part[p], c.part[p]); });
}
HWY_INLINE Lanes sqrt(const Lanes& a) {
  return each([&](int p) { return hn::Sqrt(a.part[p]); });
}
HWY_INLINE Lanes max(const Lanes& a, const Lanes& b) {
  return each([&](int p) { return larger(a.part[p], b.part[p]); });
}

/// Calls f(offset, load, store) over n floats, sixteen at a time, the rest padded with zeros.
template <class F>
HWY_INLINE void sweep(std::int64_t n, F f) {
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    f(
        i, [](const float* x) { return load(x); }, [](const Lanes& a, float* x) { store(a, x); });
  }
  if (i < n) {
    const std::int64_t left = n - i;
    f(
        i, [left](const float* x) { return load_some(x, left); },
        [left](const Lanes& a, float* x) { store_some(a, x, left); });
  }
}

/// Brings sixteen lanes to one by halves: f of 8 and 8, 4 and 4, 2 and 2, 1 and 1.
#if HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR
template <class F>
HWY_INLINE float fold(const Lanes& a, F f) {
  HWY_ALIGN float x[16];
  store(a, x);
  for (int half = 8; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) {
      x[i] = hn::GetLane(f(hn::Set(Tag(), x[i]), hn::Set(Tag(), x[i + half])));
    }
  }
  return x[0];
}
#else
template <class D, class V, class F>
HWY_INLINE float fold_vector(D, V v, F f) {
  if constexpr (hn::MaxLanes(D()) > 4) {
    const hn::Half<D> half;
    return fold_vector(half, f(hn::LowerHalf(half, v), hn::UpperHalf(half, v)), f);
  } else {
    const V two = f(v, hn::Shuffle1032(v));
    return hn::GetLane(f(two, hn::Shuffle2301(two)));
  }
}
template <class F>
HWY_INLINE float fold(const Lanes& a, F f) {
  static_assert(kParts <= 2, "a target with shorter vectors: targets.h leaves out those of x86");
  return fold_vector(Tag(), kParts == 1 ? a.part[0] : f(a.part[0], a.part[kParts - 1]), f);
}
#endif
HWY_INLINE float sum(const Lanes& a) {
  return fold(a, [](auto x, auto y) HWY_ATTR { return hn::Add(x, y); });
}
HWY_INLINE float max(const Lanes& a) {
  return fold(a, [](auto x, auto y) HWY_ATTR { return larger(x, y); });
}

/// e^x to 2 ulp for x in [-87.3, 88.3]; 0 below, e^88.3 above, NaN for NaN.
/// Source: the Cephes expf polynomial.
HWY_INLINE Vec exp(Vec x) {
  const Tag d;
  const Vec low = hn::Set(d, -87.3f);
  // The operand order lets a NaN through.
  const Vec clamped = smaller(hn::Set(d, 88.3f), larger(low, x));
  const Vec magic = hn::Set(d, 12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer
  const Vec shifted = fused(clamped, hn::Set(d, 1.44269504088896341f), magic);
  const Vec n = hn::Sub(shifted, magic);
  Vec r = fused(n, hn::Set(d, -0.693359375f), clamped);
  r = fused(n, hn::Set(d, 2.12194440e-4f), r);
  Vec p = hn::Set(d, 1.9875691500e-4f);
  p = fused(p, r, hn::Set(d, 1.3981999507e-3f));
  p = fused(p, r, hn::Set(d, 8.3334519073e-3f));
  p = fused(p, r, hn::Set(d, 4.1665795894e-2f));
  p = fused(p, r, hn::Set(d, 1.6666665459e-1f));
  p = fused(p, r, hn::Set(d, 5.0000001201e-1f));
  p = fused(hn::Mul(p, r), r, hn::Add(r, hn::Set(d, 1.0f)));
  const IntTag i;
  const auto exponent = hn::Sub(hn::BitCast(i, shifted), hn::BitCast(i, magic));
  const auto scale = hn::ShiftLeft<23>(hn::Add(exponent, hn::Set(i, 127)));
  return hn::IfThenZeroElse(hn::Lt(x, low), hn::Mul(p, hn::BitCast(d, scale)));
}
HWY_INLINE Lanes exp(const Lanes& a) {
  return each([&](int p) { return exp(a.part[p]); });
}
/// tanh x to 2 ulp, NaN for NaN. Source: the Cephes tanhf polynomial for small x.
HWY_INLINE Vec tanh(Vec x) {
  const Tag d;
  const Vec one = hn::Set(d, 1.0f);
  const Vec magnitude = hn::Abs(x);
  const Vec e = exp(hn::Add(magnitude, magnitude));
  const Vec far = hn::Sub(one, hn::Div(hn::Set(d, 2.0f), hn::Add(e, one)));
  const Vec square = hn::Mul(x, x);
  Vec p = hn::Set(d, -5.70498872745e-3f);
  p = fused(p, square, hn::Set(d, 2.06390887954e-2f));
  p = fused(p, square, hn::Set(d, -5.37397155531e-2f));
  p = fused(p, square, hn::Set(d, 1.33314422036e-1f));
  p = fused(p, square, hn::Set(d, -3.33332819422e-1f));
  const Vec near = fused(hn::Mul(p, square), x, x);
  return hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, 0.625f)), near, hn::CopySign(far, x));
}
HWY_INLINE Lanes tanh(const Lanes& a) {
  return each([&](int p) { return tanh(a.part[p]); });
}
HWY_INLINE float exp(float x) {
  HWY_ALIGN float buffer[16];
  hn::Store(exp(hn::Set(Tag(), x)), Tag(), buffer);
  return buffer[0];
}

}  // namespace hone::model::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target guard
