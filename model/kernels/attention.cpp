#include "model/kernels/attention.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

#include "model/kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/attention.cpp"
#include "hwy/foreach_target.h"
#include "model/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hone::model::kernels::HWY_NAMESPACE {

// With four queries these fill the registers without spilling: 16 accumulators of 32 with AVX-512,
// 8 of 16 with AVX2.
constexpr int kTokenBlocks = kParts == 1 ? 2 : 1;
constexpr int kHeadVecs = kParts == 1 ? 4 : 1;

/// A head's sixteen elements, or the `left` that there are of them.
HWY_INLINE Lanes load_head(const float* x, std::int64_t left) {
  return left >= 16 ? load(x) : load_part(x, left, 0);
}
HWY_INLINE void store_head(const Lanes& a, float* x, std::int64_t left) {
  if (left >= 16) {
    store(a, x);
  } else {
    store_part(a, x, left);
  }
}

/// scores[r][0, 16*count) = scale * x_r . column, one chain over H each.
template <int kRows, int kBlocks, class T>
void dot_blocks(const float* const* x, const T* const* columns, std::int64_t count,
                std::int64_t head_dim, float scale, float* scores, std::int64_t stride) {
  std::int64_t b = 0;
  for (; b + kBlocks <= count; b += kBlocks) {
    Lanes acc[kRows][kBlocks];
    for_tile<kRows, kBlocks>([&](auto r, auto j) { acc[r][j] = fill(0); });
    for (std::int64_t i = 0; i < head_dim; ++i) {
      Lanes column[kBlocks];
      unroll<kBlocks>([&](auto j) { column[j] = load(columns[b + j] + i * kBlockTokens); });
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
    dot_blocks<kRows, 1>(x, columns + b, count - b, head_dim, scale, scores + b * kBlockTokens,
                         stride);
  }
}

template <int kRows, class T>
void dot_columns(const float* const* x, const T* const* columns, std::int64_t count,
                 std::int64_t head_dim, float scale, float* scores, std::int64_t stride) {
  // Fewer queries leave registers for more blocks, which hide the latency of a chain.
  constexpr int kBlocks = kRows == 1 ? 4 : kRows == 2 ? 2 : kTokenBlocks;
  dot_blocks<kRows, kBlocks>(x, columns, count, head_dim, scale, scores, stride);
}

/// Turns scores of `length` tokens into exp(score - max), 0 past them; gives maximum and sum.
void softmax_weights(float* scores, std::int64_t length, std::int64_t blocks, float& largest,
                     float& total) {
  for (std::int64_t j = length; j < blocks * kBlockTokens; ++j) {
    scores[j] = -std::numeric_limits<float>::infinity();
  }
  const std::int64_t own = blocks_for(length);
  Lanes top = load(scores);
  for (std::int64_t b = 1; b < own; ++b) top = max(top, load(scores + b * kBlockTokens));
  largest = max(top);
  const Lanes shift = fill(largest);
  Lanes sums = fill(0);
  for (std::int64_t b = 0; b < own; ++b) {
    const Lanes e = exp(load(scores + b * kBlockTokens) - shift);
    store(e, scores + b * kBlockTokens);
    sums = sums + e;
  }
  for (std::int64_t b = own; b < blocks; ++b) store(fill(0), scores + b * kBlockTokens);
  total = sum(sums);
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
    acc[r][v] = accumulate ? load_head(out[r] + at, columns - at) : fill(0);
  });
  for (std::int64_t b = 0; b * kBlockTokens < length; ++b) {
    const T* row = rows[b] + offset;
    const std::int64_t tokens = std::min(kBlockTokens, length - b * kBlockTokens);
    const float* w = weights + b * kBlockTokens;
    for (std::int64_t j = 0; j < tokens; ++j, row += row_stride) {
      Lanes x[kVecs];
      unroll<kVecs>([&](auto v) { x[v] = load(row + 16 * v); });
      unroll<kRows>([&](auto r) {
        const Lanes s = fill(w[r * stride + j]);
        unroll<kVecs>([&](auto v) { acc[r][v] = fma(s, x[v], acc[r][v]); });
      });
    }
  }
  for_tile<kRows, kVecs>([&](auto r, auto v) {
    const std::int64_t at = offset + 16 * v;
    const Lanes y = factors == nullptr ? acc[r][v] : acc[r][v] * fill(factors[r]);
    store_head(y, out[r] + at, columns - at);
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

template <int kRows>
struct Pointers {
  const float* q[kRows];
  float* out[kRows];
  explicit Pointers(const Query* queries) {
    for (int r = 0; r < kRows; ++r) {
      q[r] = queries[r].q;
      out[r] = queries[r].out;
    }
  }
};

/// softmax_weights() of one query, whose factor it gives and whose statistics it leaves.
float weigh(const Query& query, float* scores, std::int64_t blocks) {
  float largest = 0;
  float total = 0;
  softmax_weights(scores, query.length, blocks, largest, total);
  if (query.max_and_sum != nullptr) {
    query.max_and_sum[0] = largest;
    query.max_and_sum[1] = total;
  }
  return 1.0f / total;
}

template <class T>
void attend_tiles(const Query* queries, std::int64_t count, const KvBlocks<T>& kv, std::int64_t head_dim,
            float scale, float* scratch) {
  by_fours(count, [&](std::int64_t first, auto rows) {
    constexpr int kRows = decltype(rows)::value;
    const Query* some = queries + first;
    std::int64_t longest = 0;
    for (int r = 0; r < kRows; ++r) longest = std::max(longest, some[r].length);
    const std::int64_t blocks = blocks_for(longest);
    const std::int64_t stride = blocks * kBlockTokens;
    const Pointers<kRows> at(some);
    dot_columns<kRows>(at.q, kv.keys, blocks, head_dim, scale, scratch, stride);
    float factors[kRows];
    for (int r = 0; r < kRows; ++r) factors[r] = weigh(some[r], scratch + r * stride, blocks);
    mix_head<kRows>(scratch, stride, kv.values, longest, head_dim, false, factors, at.out);
  });
}

template <class T>
void attend_rows(const Query* queries, std::int64_t count, std::int64_t per_row,
                   const KvBlocks<T>& shared, const KvBlocks<T>* own, std::int64_t head_dim,
                   float scale, float* scratch) {
  const std::int64_t shared_tokens = shared.count * kBlockTokens;
  std::int64_t most = 0;
  for (std::int64_t row = 0; row * per_row < count; ++row) most = std::max(most, own[row].count);
  const std::int64_t stride = shared_tokens + most * kBlockTokens;
  by_fours(count, [&](std::int64_t first, auto rows) {
    constexpr int kRows = decltype(rows)::value;
    dot_columns<kRows>(Pointers<kRows>(queries + first).q, shared.keys, shared.count, head_dim,
                       scale, scratch + first * stride, stride);
  });
  for (std::int64_t row = 0; row * per_row < count; ++row) {
    const Query* of_row = queries + row * per_row;
    float* scores = scratch + row * per_row * stride;
    by_fours(per_row, [&](std::int64_t first, auto rows) {
      constexpr int kRows = decltype(rows)::value;
      dot_columns<kRows>(Pointers<kRows>(of_row + first).q, own[row].keys, own[row].count, head_dim,
                         scale, scores + first * stride + shared_tokens, stride);
    });
  }
  float* factors = scratch + count * stride;
  for (std::int64_t i = 0; i < count; ++i) {
    factors[i] = weigh(queries[i], scratch + i * stride, blocks_for(queries[i].length));
  }
  // What is shared is mixed for all queries together; their own values continue the same chains.
  by_fours(count, [&](std::int64_t first, auto rows) {
    constexpr int kRows = decltype(rows)::value;
    mix_head<kRows>(scratch + first * stride, stride, shared.values, shared_tokens, head_dim, false,
                    nullptr, Pointers<kRows>(queries + first).out);
  });
  for (std::int64_t row = 0; row * per_row < count; ++row) {
    const Query* of_row = queries + row * per_row;
    const float* weights = scratch + row * per_row * stride + shared_tokens;
    by_fours(per_row, [&](std::int64_t first, auto rows) {
      constexpr int kRows = decltype(rows)::value;
      mix_head<kRows>(weights + first * stride, stride, own[row].values,
                      of_row[first].length - shared_tokens, head_dim, true,
                      factors + row * per_row + first, Pointers<kRows>(of_row + first).out);
    });
  }
}

/// rows[j] [16] += sum over n < count of weights[n][j] * x_n, for kRows tokens j; one chain over n
/// each. Of x_n `columns` exist; rows are row_stride apart.
template <int kRows>
void spread_tile(const float* weights, std::int64_t stride, const float* const* x,
                 std::int64_t count, std::int64_t columns, std::int64_t row_stride, float* rows) {
  Lanes acc[kRows];
  unroll<kRows>([&](auto r) { acc[r] = load(rows + r * row_stride); });
  for (std::int64_t n = 0; n < count; ++n) {
    const Lanes y = load_head(x[n], columns);
    unroll<kRows>([&](auto r) { acc[r] = fma(fill(weights[n * stride + r]), y, acc[r]); });
  }
  unroll<kRows>([&](auto r) { store(acc[r], rows + r * row_stride); });
}

/// spread_tile() over all tokens, four at a time, and the whole head.
void spread(const float* weights, std::int64_t stride, const float* const* x, std::int64_t count,
            std::int64_t tokens, std::int64_t head_dim, float* rows) {
  const std::int64_t row_stride = value_stride(head_dim);
  const float* shifted[kGradientQueries];
  for (std::int64_t i = 0; i < head_dim; i += 16) {
    for (std::int64_t n = 0; n < count; ++n) shifted[n] = x[n] + i;
    by_fours(tokens, [&](std::int64_t first, auto some) {
      spread_tile<decltype(some)::value>(weights + first, stride, shifted, count, head_dim - i,
                                            row_stride, rows + first * row_stride + i);
    });
  }
}

/// From scores in p and dout . values in ds: p the softmax weights, ds the gradient of the scores;
/// both 0 past the query's tokens.
void score_gradient(const QueryGradient& g, std::int64_t blocks, std::int64_t head_dim, float scale,
                    float* p, float* ds) {
  Lanes dots = fill(0);
  for (std::int64_t i = 0; i < head_dim; i += 16) {
    dots = fma(load_head(g.query.out + i, head_dim - i), load_head(g.dout + i, head_dim - i), dots);
  }
  const Lanes mean = fill(sum(dots));
  const Lanes shift = fill(g.query.max_and_sum[0]);
  const Lanes factor = fill(1.0f / g.query.max_and_sum[1]);
  for (std::int64_t j = g.query.length; j < blocks * kBlockTokens; ++j) {
    p[j] = -std::numeric_limits<float>::infinity();
    ds[j] = 0;
  }
  const std::int64_t own = blocks_for(g.query.length);
  for (std::int64_t b = 0; b < own; ++b) {
    const std::int64_t j = b * kBlockTokens;
    const Lanes weight = exp(load(p + j) - shift) * factor;
    store(weight, p + j);
    store(weight * (load(ds + j) - mean) * fill(scale), ds + j);
  }
  for (std::int64_t b = own; b < blocks; ++b) store(fill(0), p + b * kBlockTokens);
}

void attend_backward(const QueryGradient* queries, std::int64_t count,
                     const float* const* key_columns, const float* const* key_rows,
                     const float* const* value_columns, std::int64_t head_dim, float scale,
                     float* dk, float* dv, float* scratch) {
  const float* q[kGradientQueries];
  const float* dout[kGradientQueries];
  float* dq[kGradientQueries];
  for (std::int64_t start = 0; start < count; start += kGradientQueries) {
    const QueryGradient* some = queries + start;
    const std::int64_t n = std::min(kGradientQueries, count - start);
    std::int64_t longest = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      q[i] = some[i].query.q;
      dout[i] = some[i].dout;
      dq[i] = some[i].dq;
      longest = std::max(longest, some[i].query.length);
    }
    const std::int64_t blocks = blocks_for(longest);
    const std::int64_t stride = blocks * kBlockTokens;
    float* p = scratch;
    float* ds = scratch + n * stride;
    by_fours(n, [&](std::int64_t first, auto rows) {
      constexpr int kRows = decltype(rows)::value;
      dot_columns<kRows>(q + first, key_columns, blocks, head_dim, scale, p + first * stride,
                         stride);
      dot_columns<kRows>(dout + first, value_columns, blocks, head_dim, 1.0f, ds + first * stride,
                         stride);
    });
    for (std::int64_t i = 0; i < n; ++i) {
      score_gradient(some[i], blocks, head_dim, scale, p + i * stride, ds + i * stride);
    }
    by_fours(n, [&](std::int64_t first, auto rows) {
      constexpr int kRows = decltype(rows)::value;
      mix_head<kRows>(ds + first * stride, stride, key_rows, longest, head_dim, false, nullptr,
                      dq + first);
    });
    spread(ds, stride, q, n, longest, head_dim, dk);
    spread(p, stride, dout, n, longest, head_dim, dv);
  }
}

// One name an element type, as what is chosen at run time must be a function.
void attend_floats(const Query* queries, std::int64_t count, const KvBlocks<float>& blocks,
                   std::int64_t head_dim, float scale, float* scratch) {
  attend_tiles(queries, count, blocks, head_dim, scale, scratch);
}
void attend_bf16(const Query* queries, std::int64_t count, const KvBlocks<Bf16>& blocks,
                 std::int64_t head_dim, float scale, float* scratch) {
  attend_tiles(queries, count, blocks, head_dim, scale, scratch);
}
void attend_shared_floats(const Query* queries, std::int64_t count, std::int64_t per_row,
                          const KvBlocks<float>& shared, const KvBlocks<float>* own,
                          std::int64_t head_dim, float scale, float* scratch) {
  attend_rows(queries, count, per_row, shared, own, head_dim, scale, scratch);
}
void attend_shared_bf16(const Query* queries, std::int64_t count, std::int64_t per_row,
                        const KvBlocks<Bf16>& shared, const KvBlocks<Bf16>* own,
                        std::int64_t head_dim, float scale, float* scratch) {
  attend_rows(queries, count, per_row, shared, own, head_dim, scale, scratch);
}

}  // namespace hone::model::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone::model::kernels {
namespace {
HWY_EXPORT(attend_floats);
HWY_EXPORT(attend_bf16);
HWY_EXPORT(attend_shared_floats);
HWY_EXPORT(attend_shared_bf16);
HWY_EXPORT(attend_backward);

template <class T, class Convert>
void store_converted(const float* key, const float* value, std::int64_t head_dim, std::int64_t slot,
                     T* key_block, T* value_block, Convert convert) {
  T* row = value_block + slot * value_stride(head_dim);
  for (std::int64_t i = 0; i < head_dim; ++i) {
    key_block[i * kBlockTokens + slot] = convert(key[i]);
    row[i] = convert(value[i]);
  }
}
}  // namespace

void store_key_value(const float* key, const float* value, std::int64_t head_dim, std::int64_t slot,
                     float* key_block, float* value_block) {
  store_converted(key, value, head_dim, slot, key_block, value_block, [](float x) { return x; });
}
void store_key_value(const float* key, const float* value, std::int64_t head_dim, std::int64_t slot,
                     Bf16* key_block, Bf16* value_block) {
  store_converted(key, value, head_dim, slot, key_block, value_block, to_bf16);
}

template <>
void attend(const Query* queries, std::int64_t count, const KvBlocks<float>& blocks,
            std::int64_t head_dim, float scale, float* scratch) {
  HWY_DYNAMIC_DISPATCH(attend_floats)(queries, count, blocks, head_dim, scale, scratch);
}
template <>
void attend(const Query* queries, std::int64_t count, const KvBlocks<Bf16>& blocks,
            std::int64_t head_dim, float scale, float* scratch) {
  HWY_DYNAMIC_DISPATCH(attend_bf16)(queries, count, blocks, head_dim, scale, scratch);
}

template <>
void attend_shared(const Query* queries, std::int64_t count, std::int64_t per_row,
                   const KvBlocks<float>& shared, const KvBlocks<float>* own, std::int64_t head_dim,
                   float scale, float* scratch) {
  HWY_DYNAMIC_DISPATCH(attend_shared_floats)
  (queries, count, per_row, shared, own, head_dim, scale, scratch);
}
template <>
void attend_shared(const Query* queries, std::int64_t count, std::int64_t per_row,
                   const KvBlocks<Bf16>& shared, const KvBlocks<Bf16>* own, std::int64_t head_dim,
                   float scale, float* scratch) {
  HWY_DYNAMIC_DISPATCH(attend_shared_bf16)
  (queries, count, per_row, shared, own, head_dim, scale, scratch);
}

void attend_backward(const QueryGradient* queries, std::int64_t count,
                     const float* const* key_columns, const float* const* key_rows,
                     const float* const* value_columns, std::int64_t head_dim, float scale,
                     float* dk, float* dv, float* scratch) {
  HWY_DYNAMIC_DISPATCH(attend_backward)
  (queries, count, key_columns, key_rows, value_columns, head_dim, scale, dk, dv, scratch);
}

}  // namespace hone::model::kernels
#endif  // HWY_ONCE
