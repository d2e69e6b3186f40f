#pragma once

#include <cstdint>
#include <vector>

namespace hone::model::kernels {

/// Tokens in a block of the key/value cache.
constexpr std::int64_t kBlockTokens = 16;

/// Floats between one token's value and the next in a block: the head size in whole vectors.
constexpr std::int64_t value_stride(std::int64_t head_dim) { return (head_dim + 15) / 16 * 16; }
/// Floats of a block of keys, [H, 16]: the tokens lie side by side.
constexpr std::int64_t key_block_size(std::int64_t head_dim) { return head_dim * kBlockTokens; }
/// Floats of a block of values, [16, value_stride(H)].
constexpr std::int64_t value_block_size(std::int64_t head_dim) {
  return kBlockTokens * value_stride(head_dim);
}

/// Puts one token's key [H] and value [H] into their blocks at `slot` (0 to 15).
void store_key_value(const float* key, const float* value, std::int64_t head_dim, std::int64_t slot,
                     float* key_block, float* value_block);

/// One query head at one position, seeing the first `length` tokens of the blocks.
struct Query {
  const float* q;       // [H]
  float* out;           // [H]
  std::int64_t length;  // tokens seen, its own included
  float* max_and_sum;   // [2], or null: the softmax's maximum and sum, for the backward pass
};

/// Softmax attention of queries over one head's blocks of keys and values, on the calling thread. A
/// query's result depends on its own tokens alone: scores are chains over H, the sum runs over
/// sixteen lanes by position, values are chains over positions. `scratch` needs 4 * 16 * blocks
/// floats. Source: Vaswani et al. 2017 (1706.03762), eq. 1.
void attend(const Query* queries, std::int64_t count, const float* const* key_blocks,
            const float* const* value_blocks, std::int64_t head_dim, float scale, float* scratch);

/// What the backward pass of one query needs besides.
struct QueryGradient {
  Query query;        // out holds the forward result
  const float* dout;  // [H]
  float* dq;          // [H], written
};

/// Gradients of attend(): dk [T, H'] and dv [T, H'] are added to in the order of the queries, H'
/// being value_stride(H). The blocks hold k and v laid out both ways: keys and values as [H, 16]
/// columns and as [16, H'] rows. `scratch` needs 2 * 16 * blocks floats.
void attend_backward(const QueryGradient* queries, std::int64_t count,
                     const float* const* key_columns, const float* const* key_rows,
                     const float* const* value_columns, std::int64_t head_dim, float scale,
                     float* dk, float* dv, float* scratch);

}  // namespace hone::model::kernels
