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

/// rows[j] [16*kVecs] += sum over n < count of weights[n][j] * x_n, for kRows tokens j; one chain
/// over n each. x_n begins at `offset`; of a single vector only `columns` may exist. Rows are
/// row_stride apart.
template <int kRows, int kVecs>
void spread_tile(const float* weights, std::int64_t stride, const float* const* x,
                 std::int64_t offset, std::int64_t count, std::int64_t columns,
                 std::int64_t row_stride, float* rows) {
  Lanes acc[kRows][kVecs];
  for_tile<kRows, kVecs>([&](auto r, auto v) { acc[r][v] = load(rows + r * row_stride + 16 * v); });
  for (std::int64_t n = 0; n < count; ++n) {
    Lanes y[kVecs];
    unroll<kVecs>([&](auto v) {
      y[v] = kVecs > 1 ? load(x[n] + offset + 16 * v) : load_some(x[n] + offset, columns);
    });
    unroll<kRows>([&](auto r) {
      const Lanes weight = fill(weights[n * stride + r]);
      unroll<kVecs>([&](auto v) { acc[r][v] = fma(weight, y[v], acc[r][v]); });
    });
  }
  for_tile<kRows, kVecs>([&](auto r, auto v) { store(acc[r][v], rows + r * row_stride + 16 * v); });
}

/// spread_tile() over all tokens, four at a time.
template <int kVecs>
void spread_columns(const float* weights, std::int64_t stride, const float* const* x,
                    std::int64_t offset, std::int64_t count, std::int64_t tokens,
                    std::int64_t head_dim, float* rows) {
  const std::int64_t row_stride = value_stride(head_dim);
  by_fours(tokens, [&](std::int64_t first, auto some) {
    spread_tile<decltype(some)::value, kVecs>(weights + first, stride, x, offset, count,
                                              head_dim - offset, row_stride,
                                              rows + first * row_stride + offset);
  });
}

/// spread_columns() over the whole head.
void spread(const float* weights, std::int64_t stride, const float* const* x, std::int64_t count,
            std::int64_t tokens, std::int64_t head_dim, float* rows) {
  std::int64_t i = 0;
  for (; kHeadVecs > 1 && i + 16 * kHeadVecs <= head_dim; i += 16 * kHeadVecs) {
    spread_columns<kHeadVecs>(weights, stride, x, i, count, tokens, head_dim, rows);
  }
  for (; kHeadVecs > 2 && i + 32 <= head_dim; i += 32) {
    spread_columns<2>(weights, stride, x, i, count, tokens, head_dim, rows);
  }
  for (; i < head_dim; i += 16) {
    spread_columns<1>(weights, stride, x, i, count, tokens, head_dim, rows);
  }
}

/// From products in p and dout . values in ds: p the softmax weights, ds the gradient of the
/// products; both 0 around the query's tokens. The blocks begin with token `begin`.
void score_gradient(const QueryGradient& g, std::int64_t begin, std::int64_t blocks,
                    std::int64_t head_dim, const Scoring& scoring, float* p, float* ds) {
  Lanes dots = fill(0);
  for (std::int64_t i = 0; i < head_dim; i += 16) {
    dots = fma(load_some(g.query.out + i, head_dim - i), load_some(g.dout + i, head_dim - i), dots);
  }
  const Lanes mean = fill(sum(dots));
  const Lanes shift = fill(g.query.max_and_sum[0]);
  const Lanes factor = fill(1.0f / g.query.max_and_sum[1]);
  const float cap = scoring.softcap;
  if (cap != 0) cap_scores(p, blocks, cap);
  const auto hide = [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t j = from; j < to; ++j) {
      p[j] = -std::numeric_limits<float>::infinity();
      ds[j] = 0;
    }
  };
  hide(0, g.query.first - begin);
  hide(g.query.length - begin, blocks * kBlockTokens);
  const std::int64_t own = blocks_for(g.query.length - begin);
  for (std::int64_t b = 0; b < own; ++b) {
    const std::int64_t j = b * kBlockTokens;
    const Lanes score = load(p + j);
    const Lanes weight = exp(score - shift) * factor;
    store(weight, p + j);
    Lanes gradient = weight * (load(ds + j) - mean) * fill(scoring.scale);
    if (cap != 0) {  // tanh' = 1 - tanh^2; what is hidden counts as -cap, where that is 0
      const Lanes t = max(score, fill(-cap)) / fill(cap);
      gradient = gradient * (fill(1) - t * t);
    }
    store(gradient, ds + j);
  }
  for (std::int64_t b = own; b < blocks; ++b) store(fill(0), p + b * kBlockTokens);
}

void attend_backward(const QueryGradient* queries, std::int64_t count,
                     const float* const* key_columns, const float* const* key_rows,
                     const float* const* value_columns, std::int64_t head_dim,
                     const Scoring& scoring, float* dk, float* dv, float* scratch) {
  const float* q[kGradientQueries];
  const float* dout[kGradientQueries];
  float* dq[kGradientQueries];
  for (std::int64_t start = 0; start < count; start += kGradientQueries) {
    const QueryGradient* some = queries + start;
    const std::int64_t n = std::min(kGradientQueries, count - start);
    std::int64_t longest = 0;
    std::int64_t first_token = some[0].query.first;
    for (std::int64_t i = 0; i < n; ++i) {
      q[i] = some[i].query.q;
      dout[i] = some[i].dout;
      dq[i] = some[i].dq;
      longest = std::max(longest, some[i].query.length);
      first_token = std::min(first_token, some[i].query.first);
    }
    const std::int64_t skipped = first_token / kBlockTokens;  // blocks that no query sees
    const std::int64_t begin = skipped * kBlockTokens;
    const std::int64_t tokens = longest - begin;
    const std::int64_t blocks = blocks_for(tokens);
    const std::int64_t stride = blocks * kBlockTokens;
    float* p = scratch;
    float* ds = scratch + n * stride;
    by_fours(n, [&](std::int64_t first, auto rows) {
      constexpr int kRows = decltype(rows)::value;
      dot_columns<kRows>(q + first, key_columns + skipped, blocks, head_dim, scoring.scale,
                         p + first * stride, stride);
      dot_columns<kRows>(dout + first, value_columns + skipped, blocks, head_dim, 1.0f,
                         ds + first * stride, stride);
    });
    for (std::int64_t i = 0; i < n; ++i) {
      score_gradient(some[i], begin, blocks, head_dim, scoring, p + i * stride, ds + i * stride);
    }
    by_fours(n, [&](std::int64_t first, auto rows) {
      constexpr int kRows = decltype(rows)::value;
      mix_head<kRows>(ds + first * stride, stride, key_rows + skipped, tokens, head_dim, false,
                      nullptr, dq + first);
    });
    spread(ds, stride, q, n, tokens, head_dim, dk + begin * value_stride(head_dim));
    spread(p, stride, dout, n, tokens, head_dim, dv + begin * value_stride(head_dim));
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
                     const float* const* value_columns, std::int64_t head_dim,
                     const Scoring& scoring, float* dk, float* dv, float* scratch) {
  HWY_DYNAMIC_DISPATCH(attend_backward)
  (queries, count, key_columns, key_rows, value_columns, head_dim, scoring, dk, dv, scratch);
}

}  // namespace hone::model::kernels
#endif  // HWY_ONCE
