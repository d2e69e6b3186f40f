// The steps of attention that its forward and its backward pass share, on sixteen lanes. Included
// once for each target by foreach_target.h.
#if defined(HONE_MODEL_KERNELS_ATTENTION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HONE_MODEL_KERNELS_ATTENTION_INL_H_
#undef HONE_MODEL_KERNELS_ATTENTION_INL_H_
#else
#define HONE_MODEL_KERNELS_ATTENTION_INL_H_
#endif

#include <algorithm>

#include "model/kernels/attention.h"
#include "model/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hone::model::kernels::HWY_NAMESPACE {

// With four queries these fill the registers without spilling: 16 accumulators of 32 with AVX-512,
// 8 of 16 with AVX2.
constexpr int kTokenBlocks = kParts == 1 ? 4 : 1;
constexpr int kHeadVecs = kParts == 1 ? 4 : 1;

/// scores[r][0, 16*count) = scale * x_r . column, one chain over H each.
template <int kRows, int kBlocks, class T>
void dot_blocks(const float* const* x, const T* const* columns, std::int64_t count,
                std::int64_t head_dim, float scale, float* scores, std::int64_t stride) {
  std::int64_t b = 0;
  for (; b + kBlocks <= count; b += kBlocks) {
    Lanes acc[kRows][kBlocks];
    for_tile<kRows, kBlocks>([&](auto r, auto j) { acc[r][j] = fill(0); });
    const T* next[kBlocks];  // in decoding blocks lie anywhere: nothing else asks for them
    unroll<kBlocks>([&](auto j) { next[j] = columns[std::min(b + kBlocks + j, count - 1)]; });
    for (std::int64_t i = 0; i < head_dim; ++i) {
      Lanes column[kBlocks];
      unroll<kBlocks>([&](auto j) { column[j] = load(columns[b + j] + i * kBlockTokens); });
      unroll<kBlocks>([&](auto j) { prefetch(next[j] + i * kBlockTokens); });
      unroll<kRows>([&](auto r) {
        const Lanes s = fill(x[r][i]);
        unroll<kBlocks>([&](auto j) { acc[r][j] = fma(s, column[j], acc[r][j]); });
      });
    }
    for_tile<kRows, kBlocks>([&](auto r, auto j) {
      store(acc[r][j] * fill(scale), scores + r * stride + (b + j) * kBlockTokens);
    });
  }
  if constexpr (kBlocks > 1) {
    dot_blocks<kRows, kBlocks / 2>(x, columns + b, count - b, head_dim, scale,
                                   scores + b * kBlockTokens, stride);
  }
}

template <int kRows, class T>
void dot_columns(const float* const* x, const T* const* columns, std::int64_t count,
                 std::int64_t head_dim, float scale, float* scores, std::int64_t stride) {
  // Fewer queries leave registers for more blocks, which hide the latency of a chain.
  constexpr int kBlocks = kRows == 1 ? 4 : kRows == 2 ? std::max(2, kTokenBlocks) : kTokenBlocks;
  dot_blocks<kRows, kBlocks>(x, columns, count, head_dim, scale, scores, stride);
}

/// The block with the first token that one of these queries sees.
inline std::int64_t first_block(const Query* queries, std::int64_t count) {
  std::int64_t first = queries[0].first;
  for (std::int64_t i = 1; i < count; ++i) first = std::min(first, queries[i].first);
  return first / kBlockTokens;
}

/// Turns scores s of so many blocks into cap * tanh(s / cap).
HWY_INLINE void cap_scores(float* scores, std::int64_t blocks, float cap) {
  const Lanes c = fill(cap);
  for (std::int64_t b = 0; b < blocks; ++b) {
    float* some = scores + b * kBlockTokens;
    store(c * tanh(load(some) / c), some);
  }
}

/// out[r] [16*kVecs] (+)= sum over j < length of weights[r][j] * row_j, one chain over j each; at
/// the chain's end times factors[r], if there are any.
template <int kRows, int kVecs, class T>
void mix_rows(const float* weights, std::int64_t stride, const T* const* rows, std::int64_t length,
              std::int64_t row_stride, std::int64_t offset, bool accumulate, const float* factors,
              float* const* out, std::int64_t columns) {
  Lanes acc[kRows][kVecs];
  for_tile<kRows, kVecs>([&](auto r, auto v) {
    const std::int64_t at = offset + 16 * v;
    acc[r][v] = accumulate ? load_some(out[r] + at, columns - at) : fill(0);
  });
  for (std::int64_t b = 0; b * kBlockTokens < length; ++b) {
    const T* row = rows[b] + offset;
    const T* next = rows[(b + 1) * kBlockTokens < length ? b + 1 : b] + offset;
    const std::int64_t tokens = std::min(kBlockTokens, length - b * kBlockTokens);
    const float* w = weights + b * kBlockTokens;
    for (std::int64_t j = 0; j < tokens; ++j, row += row_stride, next += row_stride) {
      Lanes x[kVecs];
      unroll<kVecs>([&](auto v) { x[v] = load(row + 16 * v); });
      unroll<kVecs>([&](auto v) { prefetch(next + 16 * v); });
      unroll<kRows>([&](auto r) {
        const Lanes s = fill(w[r * stride + j]);
        unroll<kVecs>([&](auto v) { acc[r][v] = fma(s, x[v], acc[r][v]); });
      });
    }
  }
  for_tile<kRows, kVecs>([&](auto r, auto v) {
    const std::int64_t at = offset + 16 * v;
    const Lanes y = factors == nullptr ? acc[r][v] : acc[r][v] * fill(factors[r]);
    store_some(y, out[r] + at, columns - at);
  });
}

template <int kRows, class T>
void mix_head(const float* weights, std::int64_t stride, const T* const* rows, std::int64_t length,
              std::int64_t head_dim, bool accumulate, const float* factors, float* const* out) {
  constexpr int kVecs = kRows == 1 ? 4 : kRows == 2 && kParts == 2 ? 2 : kHeadVecs;
  const std::int64_t row_stride = value_stride(head_dim);
  std::int64_t i = 0;
  for (; i + 16 * kVecs <= row_stride; i += 16 * kVecs) {
    mix_rows<kRows, kVecs>(weights, stride, rows, length, row_stride, i, accumulate, factors, out,
                           head_dim);
  }
  for (; i + 32 <= row_stride && kVecs > 2; i += 32) {
    mix_rows<kRows, 2>(weights, stride, rows, length, row_stride, i, accumulate, factors, out,
                       head_dim);
  }
  for (; i < row_stride; i += 16) {
    mix_rows<kRows, 1>(weights, stride, rows, length, row_stride, i, accumulate, factors, out,
                       head_dim);
  }
}

/// Calls f(first, rows), `rows` an integral_constant: four at a time, then the rest together.
template <class F>
HWY_INLINE void by_fours(std::int64_t count, F f) {
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4) f(i, std::integral_constant<int, 4>());
  if (count - i == 3) f(i, std::integral_constant<int, 3>());
  if (count - i == 2) f(i, std::integral_constant<int, 2>());
  if (count - i == 1) f(i, std::integral_constant<int, 1>());
}

}  // namespace hone::model::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target guard
