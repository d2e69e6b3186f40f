#include "model/kernels/attention.h"

#include <algorithm>
#include <limits>

#include "model/kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/attention.cpp"
#include "hwy/foreach_target.h"
#include "model/kernels/attention-inl.h"
#include "model/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hone::model::kernels::HWY_NAMESPACE {

/// Turns scores of the tokens [first, length) into exp(score - max), 0 around them; gives maximum
/// and sum.
void softmax_weights(float* scores, std::int64_t first, std::int64_t length, std::int64_t blocks,
                     float& largest, float& total) {
  for (std::int64_t j = 0; j < first; ++j) scores[j] = -std::numeric_limits<float>::infinity();
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

/// softmax_weights() of one query, whose factor it gives and whose statistics it leaves. The blocks
/// begin with token `begin`.
float weigh(const Query& query, std::int64_t begin, float cap, float* scores, std::int64_t blocks) {
  float largest = 0;
  float total = 0;
  if (cap != 0) cap_scores(scores, blocks, cap);
  softmax_weights(scores, query.first - begin, query.length - begin, blocks, largest, total);
  if (query.max_and_sum != nullptr) {
    query.max_and_sum[0] = largest;
    query.max_and_sum[1] = total;
  }
  return 1.0f / total;
}

/// The blocks begin with token `base`, before which no query sees anything.
template <class T>
void attend_tiles(const Query* queries, std::int64_t count, const KvBlocks<T>& kv,
                  std::int64_t base, std::int64_t head_dim, const Scoring& scoring,
                  float* scratch) {
  by_fours(count, [&](std::int64_t first, auto rows) {
    constexpr int kRows = decltype(rows)::value;
    const Query* some = queries + first;
    std::int64_t longest = 0;
    for (int r = 0; r < kRows; ++r) longest = std::max(longest, some[r].length);
    const std::int64_t begin = first_block(some, kRows) * kBlockTokens;
    const std::int64_t skipped = (begin - base) / kBlockTokens;
    const std::int64_t blocks = blocks_for(longest - begin);
    const std::int64_t stride = blocks * kBlockTokens;
    const Pointers<kRows> at(some);
    dot_columns<kRows>(at.q, kv.keys + skipped, blocks, head_dim, scoring.scale, scratch, stride);
    float factors[kRows];
    for (int r = 0; r < kRows; ++r) {
      factors[r] = weigh(some[r], begin, scoring.softcap, scratch + r * stride, blocks);
    }
    mix_head<kRows>(scratch, stride, kv.values + skipped, longest - begin, head_dim, false, factors,
                    at.out);
  });
}

template <class T>
void attend_rows(const Query* queries, std::int64_t count, std::int64_t per_row,
                 const KvBlocks<T>& all_shared, const KvBlocks<T>* own, std::int64_t head_dim,
                 const Scoring& scoring, float* scratch) {
  const std::int64_t skipped = first_block(queries, count);
  if (skipped > 0 && skipped >= all_shared.count) {  // no query sees what is shared
    for (std::int64_t row = 0; row * per_row < count; ++row) {
      attend_tiles(queries + row * per_row, per_row, own[row], all_shared.count * kBlockTokens,
                   head_dim, scoring, scratch);
    }
    return;
  }
  const KvBlocks<T> shared{all_shared.keys + skipped, all_shared.values + skipped,
                           all_shared.count - skipped};
  const std::int64_t begin = skipped * kBlockTokens;
  const float scale = scoring.scale;
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
    factors[i] = weigh(queries[i], begin, scoring.softcap, scratch + i * stride,
                       blocks_for(queries[i].length - begin));
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
                      of_row[first].length - begin - shared_tokens, head_dim, true,
                      factors + row * per_row + first, Pointers<kRows>(of_row + first).out);
    });
  }
}

// One name an element type, as what is chosen at run time must be a function.
void attend_floats(const Query* queries, std::int64_t count, const KvBlocks<float>& blocks,
                   std::int64_t head_dim, const Scoring& scoring, float* scratch) {
  attend_tiles(queries, count, blocks, 0, head_dim, scoring, scratch);
}
void attend_bf16(const Query* queries, std::int64_t count, const KvBlocks<Bf16>& blocks,
                 std::int64_t head_dim, const Scoring& scoring, float* scratch) {
  attend_tiles(queries, count, blocks, 0, head_dim, scoring, scratch);
}
void attend_shared_floats(const Query* queries, std::int64_t count, std::int64_t per_row,
                          const KvBlocks<float>& shared, const KvBlocks<float>* own,
                          std::int64_t head_dim, const Scoring& scoring, float* scratch) {
  attend_rows(queries, count, per_row, shared, own, head_dim, scoring, scratch);
}
void attend_shared_bf16(const Query* queries, std::int64_t count, std::int64_t per_row,
                        const KvBlocks<Bf16>& shared, const KvBlocks<Bf16>* own,
                        std::int64_t head_dim, const Scoring& scoring, float* scratch) {
  attend_rows(queries, count, per_row, shared, own, head_dim, scoring, scratch);
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
            std::int64_t head_dim, const Scoring& scoring, float* scratch) {
  HWY_DYNAMIC_DISPATCH(attend_floats)(queries, count, blocks, head_dim, scoring, scratch);
}
template <>
void attend(const Query* queries, std::int64_t count, const KvBlocks<Bf16>& blocks,
            std::int64_t head_dim, const Scoring& scoring, float* scratch) {
  HWY_DYNAMIC_DISPATCH(attend_bf16)(queries, count, blocks, head_dim, scoring, scratch);
}

template <>
void attend_shared(const Query* queries, std::int64_t count, std::int64_t per_row,
                   const KvBlocks<float>& shared, const KvBlocks<float>* own, std::int64_t head_dim,
                   const Scoring& scoring, float* scratch) {
  HWY_DYNAMIC_DISPATCH(attend_shared_floats)
  (queries, count, per_row, shared, own, head_dim, scoring, scratch);
}
template <>
void attend_shared(const Query* queries, std::int64_t count, std::int64_t per_row,
                   const KvBlocks<Bf16>& shared, const KvBlocks<Bf16>* own, std::int64_t head_dim,
                   const Scoring& scoring, float* scratch) {
  HWY_DYNAMIC_DISPATCH(attend_shared_bf16)
  (queries, count, per_row, shared, own, head_dim, scoring, scratch);
}

}  // namespace hone::model::kernels
#endif  // HWY_ONCE
