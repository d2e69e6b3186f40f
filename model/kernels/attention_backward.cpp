#include <algorithm>
#include <limits>

#include "model/kernels/attention.h"
#include "model/kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/attention_backward.cpp"
#include "hwy/foreach_target.h"
#include "model/kernels/attention-inl.h"
#include "model/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hone::model::kernels::HWY_NAMESPACE {

/// rows[j] [16] += sum over n < count of weights[n][j] * x_n, for kRows tokens j; one chain over n
/// each. Of x_n `columns` exist; rows are row_stride apart.
template <int kRows>
void spread_tile(const float* weights, std::int64_t stride, const float* const* x,
                 std::int64_t count, std::int64_t columns, std::int64_t row_stride, float* rows) {
  Lanes acc[kRows];
  unroll<kRows>([&](auto r) { acc[r] = load(rows + r * row_stride); });
  for (std::int64_t n = 0; n < count; ++n) {
    const Lanes y = load_some(x[n], columns);
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
    dots = fma(load_some(g.query.out + i, head_dim - i), load_some(g.dout + i, head_dim - i), dots);
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

}  // namespace hone::model::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone::model::kernels {
namespace {
HWY_EXPORT(attend_backward);
}  // namespace

void attend_backward(const QueryGradient* queries, std::int64_t count,
                     const float* const* key_columns, const float* const* key_rows,
                     const float* const* value_columns, std::int64_t head_dim, float scale,
                     float* dk, float* dv, float* scratch) {
  HWY_DYNAMIC_DISPATCH(attend_backward)
  (queries, count, key_columns, key_rows, value_columns, head_dim, scale, dk, dv, scratch);
}

}  // namespace hone::model::kernels
#endif  // HWY_ONCE
