#include "model/decode.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>

#include "model/decode_parts.h"
#include "model/kernels/ops.h"
#include "model/kernels/rows.h"

namespace hone::model {
namespace {

// Up to this many rows, every thread computes the norms itself: that is cheaper than waiting.
constexpr std::int64_t kRowsNormedByAll = 4;
constexpr std::int64_t kLogits = 8 << 20;       // logits held at once: 32 MiB
constexpr std::int64_t kWorkAThread = 1 << 16;  // multiply-adds a layer that are worth a thread

std::vector<float> join(std::initializer_list<at::Tensor> biases) {
  std::vector<float> all;
  for (const at::Tensor& bias : biases) {
    if (bias.defined()) {
      all.insert(all.end(), bias.data_ptr<float>(), bias.data_ptr<float>() + bias.numel());
    }
  }
  return all;
}

}  // namespace

DecodeEngine::DecodeEngine(const Decoder& decoder, std::int64_t max_positions,
                           std::int64_t max_rows)
    : decoder_(decoder), layout_(decoder.config), max_rows_(max_rows) {
  const c10::InferenceMode no_gradients;
  const ModelConfig& c = decoder_.config;
  TORCH_CHECK(c.rope.rope_type != "dynamic" || max_positions <= c.max_position_embeddings,
              "[DecodeEngine] ", max_positions, " positions with dynamic RoPE, at most ",
              c.max_position_embeddings);
  tables_ = rope_tables(c, max_positions, max_positions);
  for (std::size_t index = 0; index < decoder_.layers.size(); ++index) {
    const LayerWeights& w = decoder_.layers[index];
    const bool experts = w.router.defined();
    Layer& layer = layers_.emplace_back();
    layer.index = static_cast<std::int64_t>(index);
    layer.window = c.window(index);
    layer.rope = data_of(tables_.of(layer.window > 0));
    layer.input_layernorm = data_of(w.input_layernorm);
    layer.q_norm = data_of(w.q_norm);
    layer.k_norm = data_of(w.k_norm);
    layer.feed_forward_norm =
        data_of(c.norm_after ? w.pre_feedforward_layernorm : w.post_attention_layernorm);
    layer.after_attention = c.norm_after ? data_of(w.post_attention_layernorm) : nullptr;
    layer.after_feed_forward = data_of(w.post_feedforward_layernorm);
    layer.o = pack({w.o_proj});
    layer.o_bias = join({w.o_bias});
    if (c.latent_attention()) {
      pack_latent_attention(w, layer);
    } else {
      layer.qkv = pack({w.q_proj, w.k_proj, w.v_proj});
      layer.qkv_bias = join({w.q_bias, w.k_bias, w.v_bias});
    }
    layer.gate = pack({experts ? w.shared_experts.gate_proj : w.gate_proj});
    layer.up = pack({experts ? w.shared_experts.up_proj : w.up_proj});
    layer.down = pack({experts ? w.shared_experts.down_proj : w.down_proj});
    layer.gate_bias = join({w.gate_bias});
    layer.up_bias = join({w.up_bias});
    layer.down_bias = join({w.down_bias});
    if (experts) pack_experts(w, layer);
  }
  head_ = pack({decoder_.lm_head});
  head_rows_ = std::clamp<std::int64_t>(kLogits / c.vocab_size, 1, max_rows);
  const std::int64_t shared = c.moe.n_shared_experts * c.moe.moe_intermediate_size;
  const std::int64_t widest = std::max(c.intermediate_size, shared);
  x_.resize(max_rows * c.hidden_size);
  normed_.resize(max_rows * c.hidden_size);
  projected_.resize(max_rows * c.hidden_size);
  qkv_.resize(max_rows * layers_.front().qkv.n);
  mixed_.resize(max_rows * c.num_attention_heads * c.attention_head_dim());
  gate_.resize(max_rows * widest);
  up_.resize(max_rows * widest);
  if (c.latent_attention()) {
    q_.resize(max_rows * layers_.front().q_b.n);
    queries_.resize(max_rows * c.num_attention_heads * c.attention_head_dim());
    values_.resize(max_rows * c.num_attention_heads * c.mla.v_head_dim);
  }
  const std::int64_t slots = max_rows * c.moe.num_experts_per_tok;
  router_scores_.resize(max_rows * c.moe.n_routed_experts);
  chosen_.resize(static_cast<std::size_t>(slots));
  expert_weights_.resize(slots);
  slot_x_.resize(slots * c.hidden_size);
  slot_y_.resize(slots * c.hidden_size);
  slot_gate_.resize(slots * c.moe.moe_intermediate_size);
  slot_up_.resize(slots * c.moe.moe_intermediate_size);
  logits_.resize(head_rows_ * c.vocab_size);
}

void DecodeEngine::step(std::span<const DecodeRow> rows, KvCache& cache,
                        const OnLogits& on_logits) {
  TORCH_CHECK(static_cast<std::int64_t>(rows.size()) <= max_rows_, "[DecodeEngine::step] ",
              rows.size(), " rows, at most ", max_rows_);
  rows_ = rows;
  group_rows();
  wanted_.clear();
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (rows[r].wants_logits) wanted_.push_back(r);
  }
  const ModelConfig& c = decoder_.config;
  const std::int64_t work =
      static_cast<std::int64_t>(rows.size()) * c.hidden_size *
      (3 * c.intermediate_size + 2 * (c.num_attention_heads + c.num_key_value_heads) * c.head_dim);
  const int threads =
      static_cast<int>(std::clamp<std::int64_t>(work / kWorkAThread, 1, at::get_num_threads()));
  if (static_cast<int>(parts_.size()) < threads) parts_.resize(threads);
  std::exception_ptr failure;
#pragma omp parallel num_threads(threads)
  {
    Part& part = parts_[omp_get_thread_num()];
    part.rank = omp_get_thread_num();
    part.size = omp_get_num_threads();
    run(part, cache, [&](std::size_t row, float* logits) {
      try {
        on_logits(row, logits);
      } catch (...) {  // it must not leave the parallel region, where others wait for this thread
#pragma omp critical
        failure = std::current_exception();
      }
    });
  }
  if (failure) std::rethrow_exception(failure);
}

void DecodeEngine::run(Part& part, KvCache& cache, const OnLogits& on_logits) {
  const ModelConfig& c = decoder_.config;
  const std::int64_t n = static_cast<std::int64_t>(rows_.size());
  const std::int64_t d = c.hidden_size;
  const Range own_rows = range_of(part.rank, part.size, n);
  const float* embedding = decoder_.embed_tokens.data_ptr<float>();
  const float scale = static_cast<float>(std::sqrt(static_cast<double>(d)));
  for (std::int64_t r = own_rows.begin; r < own_rows.end; ++r) {
    std::memcpy(x_.data() + r * d, embedding + rows_[r].token * d, sizeof(float) * d);
    if (c.scaled_embeddings) kernels::multiply(scale, d, x_.data() + r * d);
  }
  for (const Layer& w : layers_) {
    const Range columns = range_of(part.rank, part.size, d, 16);
    const Range all_rows{0, n};
    const float* normed = norm(part, w.input_layernorm, n);
    const Range qkv = range_of(part.rank, part.size, w.qkv.n, 16);
    linear(normed, n, w.qkv, w.qkv_bias, qkv, qkv_.data());
    // Their places in the layout are their columns of qkv_.
    for (const ActivationLayout::Part* own : {&layout_.q, &layout_.k, &layout_.v}) {
      keep(w, *own, all_rows, qkv_.data() + own->offset, w.qkv.n,
           {qkv.begin - own->offset, qkv.end - own->offset});
    }
#pragma omp barrier
    attention(part, w, cache);
    keep(w, layout_.mixed, own_rows, mixed_.data(), layout_.mixed.width, {0, layout_.mixed.width});
    linear(c.latent_attention() ? values_.data() : mixed_.data(), n, w.o, w.o_bias, columns,
           projected_.data());
    keep(w, layout_.o, all_rows, projected_.data(), d, columns);
    add_projected(part, w.after_attention, n);
    const float* const again = norm(part, w.feed_forward_norm, n);
    if (w.experts.empty()) {
      feed_forward(part, w, again, n);
    } else {
      experts(part, w, again, n);
    }
  }
  head(part, on_logits);
}

/// Some rows' columns of a result, as far as they are a part of the activations that are kept.
void DecodeEngine::keep(const Layer& layer, const ActivationLayout::Part& part, Range rows,
                        const float* from, std::int64_t row_size, Range columns) const {
  const std::int64_t begin = std::max<std::int64_t>(columns.begin, 0);
  const std::int64_t end = std::min(columns.end, part.width);
  if (begin >= end) return;
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    const DecodeRow& row = rows_[static_cast<std::size_t>(r)];
    if (row.activations == nullptr) continue;
    kernels::copy_to_memory(from + r * row_size + begin, end - begin,
                            row.activations->of(layer.index, part, row.kept_token) + begin);
  }
}

/// All rows of x_, normed, when all threads are through with them.
const float* DecodeEngine::norm(Part& part, const float* weight, std::int64_t rows) {
#pragma omp barrier
  const std::int64_t d = decoder_.config.hidden_size;
  const float eps = static_cast<float>(decoder_.config.rms_norm_eps);
  const bool plus_one = decoder_.config.norm_plus_one;
  if (rows <= kRowsNormedByAll) {
    part.normed.resize(kRowsNormedByAll * d);
    kernels::rmsnorm(x_.data(), weight, eps, rows, d, part.normed.data(), nullptr, plus_one);
    return part.normed.data();
  }
  const Range own = range_of(part.rank, part.size, rows);
  kernels::rmsnorm(x_.data() + own.begin * d, weight, eps, own.end - own.begin, d,
                   normed_.data() + own.begin * d, nullptr, plus_one);
#pragma omp barrier
  return normed_.data();
}

/// x_ += projected_, of which this thread has made its columns; normed first if there is a weight.
void DecodeEngine::add_projected(const Part& part, const float* norm_weight, std::int64_t rows) {
  const std::int64_t d = decoder_.config.hidden_size;
  if (norm_weight == nullptr) {
    const Range columns = range_of(part.rank, part.size, d, 16);
    for (std::int64_t r = 0; r < rows; ++r) {
      kernels::add(projected_.data() + r * d + columns.begin, columns.end - columns.begin,
                   x_.data() + r * d + columns.begin);
    }
    return;
  }
#pragma omp barrier
  const Range own = range_of(part.rank, part.size, rows);
  float* const projected = projected_.data() + own.begin * d;
  kernels::rmsnorm(projected, norm_weight, static_cast<float>(decoder_.config.rms_norm_eps),
                   own.end - own.begin, d, projected, nullptr, decoder_.config.norm_plus_one);
  kernels::add(projected, (own.end - own.begin) * d, x_.data() + own.begin * d);
}

void DecodeEngine::feed_forward(Part& part, const Layer& w, const float* normed,
                                std::int64_t rows) {
  const std::int64_t d = decoder_.config.hidden_size;
  const Range columns = range_of(part.rank, part.size, d, 16);
  gated(part, w, normed, rows);
#pragma omp barrier
  linear(gate_.data(), rows, w.down, w.down_bias, columns, projected_.data());
  keep(w, layout_.down, {0, rows}, projected_.data(), d, columns);
  add_projected(part, w.after_feed_forward, rows);
}

/// This thread's columns of gate_: the activation of the gate times what it lets through.
void DecodeEngine::gated(const Part& part, const Layer& w, const float* normed, std::int64_t rows) {
  const std::int64_t f = w.gate.n;
  const Range middle = range_of(part.rank, part.size, f, 16);
  linear(normed, rows, w.gate, w.gate_bias, middle, gate_.data());
  linear(normed, rows, w.up, w.up_bias, middle, up_.data());
  keep(w, layout_.gate, {0, rows}, gate_.data(), f, middle);
  keep(w, layout_.up, {0, rows}, up_.data(), f, middle);
  for (std::int64_t r = 0; r < rows; ++r) {
    float* gate = gate_.data() + r * f + middle.begin;
    const float* up = up_.data() + r * f + middle.begin;
    if (decoder_.config.gelu) {
      kernels::geglu(gate, up, middle.end - middle.begin, gate);
    } else {
      kernels::swiglu(gate, up, middle.end - middle.begin, gate);
    }
  }
}

void DecodeEngine::head(Part& part, const OnLogits& on_logits) {
  const std::int64_t d = decoder_.config.hidden_size;
  const std::int64_t v = decoder_.config.vocab_size;
  const float eps = static_cast<float>(decoder_.config.rms_norm_eps);
  const std::int64_t wanted = static_cast<std::int64_t>(wanted_.size());
#pragma omp barrier
  for (std::int64_t first = 0; first < wanted; first += head_rows_) {
    const std::int64_t rows = std::min(head_rows_, wanted - first);
    const Range own = range_of(part.rank, part.size, rows);
    for (std::int64_t r = own.begin; r < own.end; ++r) {
      kernels::rmsnorm(x_.data() + static_cast<std::int64_t>(wanted_[first + r]) * d,
                       decoder_.norm.data_ptr<float>(), eps, 1, d, normed_.data() + r * d, nullptr,
                       decoder_.config.norm_plus_one);
    }
#pragma omp barrier
    linear(normed_.data(), rows, head_, {}, range_of(part.rank, part.size, v, 16), logits_.data());
#pragma omp barrier
    const float cap = static_cast<float>(decoder_.config.final_logit_softcapping);
    for (std::int64_t r = own.begin; r < own.end; ++r) {
      if (cap > 0) kernels::softcap(logits_.data() + r * v, v, cap);
      on_logits(wanted_[first + r], logits_.data() + r * v);
    }
#pragma omp barrier
  }
}

}  // namespace hone::model
