#pragma once

#include <cstdint>

#include "model/kernels/bf16.h"
#include "model/kernels/ceil_div.h"

namespace hone::model::kernels {

/// Tokens in a block of the key/value cache.
constexpr std::int64_t kBlockTokens = 16;

/// Blocks that hold so many tokens.
constexpr std::int64_t blocks_for(std::int64_t tokens) { return ceil_div(tokens, kBlockTokens); }
/// Elements between one token's value and the next in a block: the head size in whole vectors.
constexpr std::int64_t value_stride(std::int64_t head_dim) { return ceil_div(head_dim, 16) * 16; }
/// Elements of a block of keys, [H, 16]: the tokens lie side by side.
constexpr std::int64_t key_block_size(std::int64_t head_dim) { return head_dim * kBlockTokens; }
/// Elements of a block of values, [16, value_stride(H)].
constexpr std::int64_t value_block_size(std::int64_t head_dim) {
  return kBlockTokens * value_stride(head_dim);
}

/// Puts one token's key [H] and value [H] into their blocks at `slot` (0 to 15), as floats or
/// rounded to bf16.
void store_key_value(const float* key, const float* value, std::int64_t head_dim, std::int64_t slot,
                     float* key_block, float* value_block);
void store_key_value(const float* key, const float* value, std::int64_t head_dim, std::int64_t slot,
                     Bf16* key_block, Bf16* value_block);

/// One query head at one position, seeing the tokens [first, length) of the blocks.
struct Query {
  const float* q;          // [H]
  float* out;              // [H]
  std::int64_t length;     // its own position and one
  float* max_and_sum;      // [2], or null: the softmax's maximum and sum, for the backward pass
  std::int64_t first = 0;  // above 0 where a window hides what is further back
};

/// First token that a query at the end of `length` tokens sees through a window; 0: no window.
constexpr std::int64_t first_seen(std::int64_t length, std::int64_t window) {
  return window > 0 && length > window ? length - window : 0;
}

/// What makes scores of products of queries and keys.
struct Scoring {
  float scale;
  float softcap = 0;  // c: scores s become c tanh(s / c); 0: they stay
};

/// One head's keys and values of some tokens, block by block.
template <class T>
struct KvBlocks {
  const T* const* keys;
  const T* const* values;
  std::int64_t count;
};

/// Softmax attention of queries over one head's keys and values, on the calling thread. A query's
/// result depends on its own tokens alone: scores are chains over H, the sum runs over sixteen
/// lanes by position, values are chains over positions. Blocks that no query of a few sees are not
/// looked at. `scratch` needs 4 * 16 * blocks floats.
/// Source: Vaswani et al. 2017 (1706.03762), eq. 1.
template <class T>
void attend(const Query* queries, std::int64_t count, const KvBlocks<T>& blocks,
            std::int64_t head_dim, const Scoring& scoring, float* scratch);

/// The same where queries continue a common beginning: all see the blocks of `shared`, and then
/// queries [i * per_row, (i + 1) * per_row) those of own[i]. What is shared is read once for
/// several queries. `scratch` needs count * (1 + 16 * (shared.count + the largest own count))
/// floats.
template <class T>
void attend_shared(const Query* queries, std::int64_t count, std::int64_t per_row,
                   const KvBlocks<T>& shared, const KvBlocks<T>* own, std::int64_t head_dim,
                   const Scoring& scoring, float* scratch);

/// What the backward pass of one query needs besides.
struct QueryGradient {
  Query query;        // out holds the forward result
  const float* dout;  // [H]
  float* dq;          // [H], written
};

/// Queries that attend_backward works on together.
constexpr std::int64_t kGradientQueries = 32;

/// Gradients of attend(): dk [T, H'] and dv [T, H'] are added to in the order of the queries, H'
/// being value_stride(H). The blocks hold k and v laid out both ways: keys and values as [H, 16]
/// columns and keys as [16, H'] rows. `scratch` needs 2 * kGradientQueries * 16 * blocks floats.
void attend_backward(const QueryGradient* queries, std::int64_t count,
                     const float* const* key_columns, const float* const* key_rows,
                     const float* const* value_columns, std::int64_t head_dim,
                     const Scoring& scoring, float* dk, float* dv, float* scratch);

}  // namespace hone::model::kernels
