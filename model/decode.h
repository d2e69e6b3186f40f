#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "model/activations.h"
#include "model/decoder.h"
#include "model/kernels/ceil_div.h"
#include "model/kernels/gemm.h"
#include "model/kv_cache.h"
#include "model/rope_tables.h"
#include "model/routing.h"

namespace hone::model {

/// One token to be run through the model: its key and value go into the cache, and it sees all of
/// its sequence before it. Tokens of one prompt may stand in one step, in order.
struct DecodeRow {
  std::int32_t token = 0;
  std::int32_t position = 0;
  const std::int32_t* blocks = nullptr;  // the sequence's cache blocks, position / 16 indexing them
  bool wants_logits = false;
  Activations* activations = nullptr;  // where its own are to be kept, if they are
  std::int64_t kept_token = 0;         // which token of those it is
};

/// Gets a row's logits [V], which it may overwrite. Called from several threads, once for each row
/// that wants logits.
using OnLogits = std::function<void(std::size_t row, float* logits)>;

/// A thread's share of `count` things, in steps of `unit`: one of `size` nearly equal parts.
struct Range {
  std::int64_t begin, end;
};
inline Range range_of(std::int64_t rank, std::int64_t size, std::int64_t count,
                      std::int64_t unit = 1) {
  const std::int64_t units = kernels::ceil_div(count, unit);
  return {std::min(count, units * rank / size * unit),
          std::min(count, units * (rank + 1) / size * unit)};
}

/// Runs a decoder token by token without gradients, tensors or allocations: the same kernels as the
/// training pass, so the same logits to the bit.
///
/// All threads work through a step together. A matrix product is split by columns, so that each
/// weight is read once a step however many rows there are; what goes row by row is split by rows.
class DecodeEngine {
 public:
  /// Takes a packed copy of the weights as they are now. `max_rows` bounds a step.
  DecodeEngine(const Decoder& decoder, std::int64_t max_positions, std::int64_t max_rows);

  void step(std::span<const DecodeRow> rows, KvCache& cache, const OnLogits& on_logits);

 private:
  struct Layer {
    std::int64_t index;
    std::int64_t window;  // 0: none
    const float* rope;    // tables [positions, H]
    const float *input_layernorm, *q_norm, *k_norm;
    const float* feed_forward_norm;
    const float *after_attention, *after_feed_forward;  // norms of what is added, or null
    kernels::PackedMatrix qkv, o, gate, up, down;  // of the shared expert, where there are experts
    std::vector<float> qkv_bias, o_bias, gate_bias, up_bias, down_bias;  // empty where absent
    // Latent attention: qkv is what makes its vectors of queries (or queries), keys and values.
    const float *q_a_norm = nullptr, *kv_a_norm = nullptr;
    kernels::PackedMatrix q_b;                            // empty where qkv makes the queries
    std::vector<kernels::PackedMatrix> absorb, value_up;  // one a head
    // Experts.
    struct Expert {
      kernels::PackedMatrix gate, up, down;
    };
    kernels::PackedMatrix router;
    const float* router_bias = nullptr;
    std::vector<Expert> experts;
  };
  /// Neighbouring rows that attend together: those of one sequence, or of several that begin with
  /// the same blocks.
  struct Group {
    std::int64_t begin, end;
    std::int64_t shared_blocks;  // that all see whole; -1 where they are one sequence
  };
  template <class T>
  struct BlockLists {
    std::vector<const T*> keys, values;
    std::vector<kernels::KvBlocks<T>> own;
  };
  /// A thread's part in a step, and its own memory for it.
  struct Part {
    std::int64_t rank, size;
    kernels::AlignedFloats normed;  // of all rows, where there are few
    kernels::AlignedFloats scratch;
    std::vector<std::int64_t> first_slots;  // of each expert
    std::vector<kernels::Query> queries;
    BlockLists<float> float_lists;
    BlockLists<kernels::Bf16> bf16_lists;
    BlockLists<float>& lists(float*) { return float_lists; }
    BlockLists<kernels::Bf16>& lists(kernels::Bf16*) { return bf16_lists; }
  };

  void pack_latent_attention(const LayerWeights& weights, Layer& layer);
  void pack_experts(const LayerWeights& weights, Layer& layer);
  void turn(const Layer& layer, std::int32_t position, float* x) const;
  void group_rows();
  // Run by all threads at once; where they wait for each other, a comment or a barrier says so.
  void run(Part& part, KvCache& cache, const OnLogits& on_logits);
  void keep(const Layer& layer, const ActivationLayout::Part& part, Range rows, const float* from,
            std::int64_t row_size, Range columns) const;
  const float* norm(Part& part, const float* weight, std::int64_t rows);
  void add_projected(const Part& part, const float* norm_weight, std::int64_t rows);
  void attention(Part& part, const Layer& layer, KvCache& cache);
  void latent_queries(Part& part, const Layer& layer);
  void latent_values(const Part& part, const Layer& layer, std::int64_t rows);
  template <class T>
  void store_keys_and_values(const Part& part, const Layer& layer, KvCache& cache);
  template <class T>
  void store_latents(const Part& part, const Layer& layer, KvCache& cache);
  template <class T>
  void attend(Part& part, const Layer& layer, KvCache& cache);
  template <class T>
  void attend_group(Part& part, const Layer& layer, std::int64_t head, const Group& group,
                    KvCache& cache);
  void feed_forward(Part& part, const Layer& layer, const float* normed, std::int64_t rows);
  void gated(const Part& part, const Layer& layer, const float* normed, std::int64_t rows);
  void experts(Part& part, const Layer& layer, const float* normed, std::int64_t rows);
  void route(const Part& part, const Layer& layer, const float* normed, std::int64_t rows);
  void head(Part& part, const OnLogits& on_logits);

  Decoder decoder_;  // keeps the unpacked weights alive
  RopeTables tables_;
  ActivationLayout layout_;
  std::vector<Layer> layers_;
  kernels::PackedMatrix head_;
  std::int64_t max_rows_;
  std::int64_t head_rows_;  // rows whose logits are held at once
  std::vector<Part> parts_;
  std::vector<Group> groups_;
  std::vector<std::int64_t> group_work_;  // before each group: tokens to attend to
  std::vector<std::size_t> wanted_;       // rows that want logits
  std::span<const DecodeRow> rows_;       // of this step
  // Activations of a step, a row each.
  kernels::AlignedFloats x_, normed_, qkv_, mixed_, projected_, gate_, up_, logits_;
  kernels::AlignedFloats q_, queries_, values_;  // of latent attention
  // Of experts: [rows, E] and [rows, k], and the slots of all tokens.
  kernels::AlignedFloats router_scores_, expert_weights_, slot_x_, slot_gate_, slot_up_, slot_y_;
  std::vector<std::int32_t> chosen_;
  Slots slots_;
};

}  // namespace hone::model
