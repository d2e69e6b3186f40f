#include "model/kernels/attention.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "model/kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/attention.cpp"
#include "hwy/foreach_target.h"
#include "model/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hone::model::kernels::HWY_NAMESPACE {

constexpr int kHeadVecs =
    kParts == 1 ? 4 : 1;  // vectors of the head kept in registers for 4 queries

std::int64_t blocks_of(std::int64_t length) { return (length + kBlockTokens - 1) / kBlockTokens; }

/// scores[r][0, 16*blocks) = scale * x_r . column, one chain over H each.
template <int kRows>
void dot_columns(const float* const* x, const float* const* columns, std::int64_t blocks,
                 std::int64_t head_dim, float scale, float* scores, std::int64_t stride) {
  constexpr int kBlocks = 2;  // side by side, to fill the multipliers' pipeline
  std::int64_t b = 0;
  for (; b + kBlocks <= blocks; b += kBlocks) {
    Lanes acc[kRows][kBlocks];
    for (int r = 0; r < kRows; ++r) {
      for (int j = 0; j < kBlocks; ++j) acc[r][j] = fill(0);
    }
    for (std::int64_t i = 0; i < head_dim; ++i) {
      Lanes column[kBlocks];
      for (int j = 0; j < kBlocks; ++j) column[j] = load(columns[b + j] + i * kBlockTokens);
      for (int r = 0; r < kRows; ++r) {
        const Lanes s = fill(x[r][i]);
        for (int j = 0; j < kBlocks; ++j) acc[r][j] = fma(s, column[j], acc[r][j]);
      }
    }
    for (int r = 0; r < kRows; ++r) {
      for (int j = 0; j < kBlocks; ++j) {
        store(acc[r][j] * fill(scale), scores + r * stride + (b + j) * kBlockTokens);
      }
    }
  }
  for (; b < blocks; ++b) {
    Lanes acc[kRows];
    for (int r = 0; r < kRows; ++r) acc[r] = fill(0);
    for (std::int64_t i = 0; i < head_dim; ++i) {
      const Lanes column = load(columns[b] + i * kBlockTokens);
      for (int r = 0; r < kRows; ++r) acc[r] = fma(fill(x[r][i]), column, acc[r]);
    }
    for (int r = 0; r < kRows; ++r) {
      store(acc[r] * fill(scale), scores + r * stride + b * kBlockTokens);
    }
  }
}

/// Turns scores of `length` tokens into exp(score - max), 0 past them; gives maximum and sum.
void softmax_weights(float* scores, std::int64_t length, std::int64_t blocks, float& largest,
                     float& total) {
  for (std::int64_t j = length; j < blocks * kBlockTokens; ++j) {
    scores[j] = -std::numeric_limits<float>::infinity();
  }
  const std::int64_t own = blocks_of(length);
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

/// out[r] [16*kVecs] = factor_r * sum over j < length of weights[r][j] * row_j, one chain over j
/// each.
template <int kRows, int kVecs>
void mix_rows(const float* weights, std::int64_t stride, const float* const* rows,
              std::int64_t length, std::int64_t row_stride, std::int64_t offset,
              const float* factors, float* const* out, std::int64_t columns) {
  Lanes acc[kRows][kVecs];
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVecs; ++v) acc[r][v] = fill(0);
  }
  for (std::int64_t b = 0; b * kBlockTokens < length; ++b) {
    const float* row = rows[b] + offset;
    const std::int64_t tokens = std::min(kBlockTokens, length - b * kBlockTokens);
    const float* w = weights + b * kBlockTokens;
    for (std::int64_t j = 0; j < tokens; ++j, row += row_stride) {
      Lanes x[kVecs];
      for (int v = 0; v < kVecs; ++v) x[v] = load(row + 16 * v);
      for (int r = 0; r < kRows; ++r) {
        const Lanes s = fill(w[r * stride + j]);
        for (int v = 0; v < kVecs; ++v) acc[r][v] = fma(s, x[v], acc[r][v]);
      }
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVecs; ++v) {
      const std::int64_t left = columns - offset - 16 * v;
      const Lanes y = acc[r][v] * fill(factors[r]);
      if (left >= 16) {
        store(y, out[r] + offset + 16 * v);
      } else if (left > 0) {
        store_part(y, out[r] + offset + 16 * v, left);
      }
    }
  }
}

template <int kRows>
void mix_head(const float* weights, std::int64_t stride, const float* const* rows,
              std::int64_t length, std::int64_t head_dim, const float* factors, float* const* out) {
  const std::int64_t row_stride = value_stride(head_dim);
  std::int64_t i = 0;
  for (; i + 16 * kHeadVecs <= row_stride; i += 16 * kHeadVecs) {
    mix_rows<kRows, kHeadVecs>(weights, stride, rows, length, row_stride, i, factors, out,
                               head_dim);
  }
  for (; i + 32 <= row_stride && kHeadVecs > 2; i += 32) {
    mix_rows<kRows, 2>(weights, stride, rows, length, row_stride, i, factors, out, head_dim);
  }
  for (; i < row_stride; i += 16) {
    mix_rows<kRows, 1>(weights, stride, rows, length, row_stride, i, factors, out, head_dim);
  }
}

template <int kRows>
void attend_rows(const Query* queries, const float* const* key_blocks,
                 const float* const* value_blocks, std::int64_t head_dim, float scale,
                 float* scratch) {
  std::int64_t longest = 0;
  const float* q[kRows];
  float* out[kRows];
  for (int r = 0; r < kRows; ++r) {
    longest = std::max(longest, queries[r].length);
    q[r] = queries[r].q;
    out[r] = queries[r].out;
  }
  const std::int64_t blocks = blocks_of(longest);
  const std::int64_t stride = blocks * kBlockTokens;
  dot_columns<kRows>(q, key_blocks, blocks, head_dim, scale, scratch, stride);
  float factors[kRows];
  for (int r = 0; r < kRows; ++r) {
    float largest = 0;
    float total = 0;
    softmax_weights(scratch + r * stride, queries[r].length, blocks, largest, total);
    factors[r] = 1.0f / total;
    if (queries[r].max_and_sum != nullptr) {
      queries[r].max_and_sum[0] = largest;
      queries[r].max_and_sum[1] = total;
    }
  }
  mix_head<kRows>(scratch, stride, value_blocks, longest, head_dim, factors, out);
}

void attend(const Query* queries, std::int64_t count, const float* const* key_blocks,
            const float* const* value_blocks, std::int64_t head_dim, float scale, float* scratch) {
  for (; count >= 4; count -= 4, queries += 4) {
    attend_rows<4>(queries, key_blocks, value_blocks, head_dim, scale, scratch);
  }
  switch (count) {
    case 3:
      return attend_rows<3>(queries, key_blocks, value_blocks, head_dim, scale, scratch);
    case 2:
      return attend_rows<2>(queries, key_blocks, value_blocks, head_dim, scale, scratch);
    case 1:
      return attend_rows<1>(queries, key_blocks, value_blocks, head_dim, scale, scratch);
    default:
      return;
  }
}

/// rows[j] += weights[j] * x for j < length; x is [H], rows are value_stride(H) apart.
void spread_row(const float* weights, std::int64_t length, const float* x, std::int64_t head_dim,
                float* rows) {
  const std::int64_t stride = value_stride(head_dim);
  for (std::int64_t i = 0; i < head_dim; i += 16) {
    const std::int64_t left = head_dim - i;
    const Lanes v = left >= 16 ? load(x + i) : load_part(x + i, left, 0);
    float* row = rows + i;
    for (std::int64_t j = 0; j < length; ++j, row += stride) {
      store(fma(fill(weights[j]), v, load(row)), row);
    }
  }
}

void attend_backward(const QueryGradient* queries, std::int64_t count,
                     const float* const* key_columns, const float* const* key_rows,
                     const float* const* value_columns, std::int64_t head_dim, float scale,
                     float* dk, float* dv, float* scratch) {
  for (std::int64_t n = 0; n < count; ++n) {
    const QueryGradient& g = queries[n];
    const std::int64_t length = g.query.length;
    const std::int64_t blocks = blocks_of(length);
    float* p = scratch;                           // softmax weights
    float* ds = scratch + blocks * kBlockTokens;  // gradient of the scores
    dot_columns<1>(&g.query.q, key_columns, blocks, head_dim, scale, p, 0);
    dot_columns<1>(&g.dout, value_columns, blocks, head_dim, 1.0f, ds, 0);
    Lanes dots = fill(0);
    for (std::int64_t i = 0; i < head_dim; i += 16) {
      const std::int64_t left = head_dim - i;
      const Lanes o = left >= 16 ? load(g.query.out + i) : load_part(g.query.out + i, left, 0);
      const Lanes d = left >= 16 ? load(g.dout + i) : load_part(g.dout + i, left, 0);
      dots = fma(o, d, dots);
    }
    const Lanes mean = fill(sum(dots));
    const Lanes shift = fill(g.query.max_and_sum[0]);
    const Lanes factor = fill(1.0f / g.query.max_and_sum[1]);
    for (std::int64_t j = length; j < blocks * kBlockTokens; ++j) {
      p[j] = -std::numeric_limits<float>::infinity();
      ds[j] = 0;
    }
    for (std::int64_t b = 0; b < blocks; ++b) {
      const std::int64_t j = b * kBlockTokens;
      const Lanes weight = exp(load(p + j) - shift) * factor;
      store(weight, p + j);
      store(weight * (load(ds + j) - mean) * fill(scale), ds + j);
    }
    const float one = 1.0f;
    mix_head<1>(ds, 0, key_rows, length, head_dim, &one, &g.dq);
    spread_row(ds, length, g.query.q, head_dim, dk);
    spread_row(p, length, g.dout, head_dim, dv);
  }
}

}  // namespace hone::model::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone::model::kernels {
namespace {
HWY_EXPORT(attend);
HWY_EXPORT(attend_backward);
}  // namespace

void store_key_value(const float* key, const float* value, std::int64_t head_dim, std::int64_t slot,
                     float* key_block, float* value_block) {
  for (std::int64_t i = 0; i < head_dim; ++i) key_block[i * kBlockTokens + slot] = key[i];
  std::memcpy(value_block + slot * value_stride(head_dim), value, sizeof(float) * head_dim);
}

void attend(const Query* queries, std::int64_t count, const float* const* key_blocks,
            const float* const* value_blocks, std::int64_t head_dim, float scale, float* scratch) {
  HWY_DYNAMIC_DISPATCH(attend)
  (queries, count, key_blocks, value_blocks, head_dim, scale, scratch);
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
