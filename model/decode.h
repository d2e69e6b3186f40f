#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "model/decoder.h"
#include "model/kernels/gemm.h"
#include "model/kv_cache.h"

namespace hone::model {

/// One token to be run through the model: its key and value go into the cache, and it sees all of
/// its sequence before it. Tokens of one prompt may stand in one step, in order.
struct DecodeRow {
  std::int32_t token = 0;
  std::int32_t position = 0;
  const std::int32_t* blocks = nullptr;  // the sequence's cache blocks, position / 16 indexing them
  bool wants_logits = false;
};

/// Gets a row's logits [V], which it may overwrite. Called from several threads, once for each row
/// that wants logits.
using OnLogits = std::function<void(std::size_t row, float* logits)>;

/// Runs a decoder token by token without gradients, tensors or allocations: the same kernels as the
/// training pass, so the same logits to the bit.
class DecodeEngine {
 public:
  /// Takes a packed copy of the weights as they are now. `max_rows` bounds a step.
  DecodeEngine(const Decoder& decoder, std::int64_t max_positions, std::int64_t max_rows);

  void step(std::span<const DecodeRow> rows, KvCache& cache, const OnLogits& on_logits);

 private:
  struct Layer {
    const float *input_layernorm, *q_norm, *k_norm, *post_attention_layernorm;
    kernels::PackedWeight qkv, o, gate_up, down;
    std::vector<float> qkv_bias, o_bias, gate_up_bias, down_bias;  // empty where absent
  };

  void run(std::span<const DecodeRow> rows, std::size_t begin, std::size_t end, KvCache& cache,
           const OnLogits& on_logits);
  void attention(const Layer& layer, std::int64_t index, std::span<const DecodeRow> rows,
                 std::size_t begin, std::size_t end, KvCache& cache);

  Decoder decoder_;  // keeps the unpacked weights alive
  at::Tensor tables_;
  std::vector<Layer> layers_;
  kernels::PackedWeight head_;
  std::int64_t max_rows_;
  // Activations of a step, a row each; threads work on rows of their own.
  std::vector<float> x_, normed_, qkv_, mixed_, projected_, gate_up_, activated_;
};

}  // namespace hone::model
