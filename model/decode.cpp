#include "model/decode.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>

#include "model/kernels/attention.h"
#include "model/kernels/ops.h"
#include "model/kernels/rows.h"

namespace hone::model {
namespace {

const float* data_of(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.data_ptr<float>() : nullptr;
}

kernels::PackedWeight pack_rows(std::initializer_list<at::Tensor> weights) {
  const at::Tensor all = at::cat(std::vector<at::Tensor>(weights));
  return kernels::pack_weight(all.data_ptr<float>(), all.size(0), all.size(1));
}

std::vector<float> join(std::initializer_list<at::Tensor> biases) {
  std::vector<float> all;
  for (const at::Tensor& bias : biases) {
    if (bias.defined()) {
      all.insert(all.end(), bias.data_ptr<float>(), bias.data_ptr<float>() + bias.numel());
    }
  }
  return all;
}

/// y [rows, N] = x W^T + bias.
void linear(const float* x, std::int64_t rows, const kernels::PackedWeight& weight,
            const std::vector<float>& bias, float* y) {
  for (std::int64_t r = 0; r < rows && !bias.empty(); ++r) {
    std::memcpy(y + r * weight.n, bias.data(), sizeof(float) * weight.n);
  }
  kernels::gemm_packed(x, weight.k, weight, y, weight.n, rows, 0, weight.num_panels(),
                       !bias.empty());
}

}  // namespace

DecodeEngine::DecodeEngine(const Decoder& decoder, std::int64_t max_positions,
                           std::int64_t max_rows)
    : decoder_(decoder), max_rows_(max_rows) {
  const c10::InferenceMode no_gradients;
  const ModelConfig& c = decoder_.config;
  tables_ = ops::rope_tables(max_positions, c.head_dim, c.rope_theta);
  for (const LayerWeights& w : decoder_.layers) {
    layers_.push_back({data_of(w.input_layernorm), data_of(w.q_norm), data_of(w.k_norm),
                       data_of(w.post_attention_layernorm),
                       pack_rows({w.q_proj, w.k_proj, w.v_proj}), pack_rows({w.o_proj}),
                       pack_rows({w.gate_proj, w.up_proj}), pack_rows({w.down_proj}),
                       join({w.q_bias, w.k_bias, w.v_bias}), join({w.o_bias}),
                       join({w.gate_bias, w.up_bias}), join({w.down_bias})});
  }
  head_ = pack_rows({decoder_.lm_head});
  const std::int64_t attention_width = c.num_attention_heads * c.head_dim;
  x_.resize(max_rows * c.hidden_size);
  normed_.resize(max_rows * c.hidden_size);
  projected_.resize(max_rows * c.hidden_size);
  qkv_.resize(max_rows * (attention_width + 2 * c.num_key_value_heads * c.head_dim));
  mixed_.resize(max_rows * attention_width);
  gate_up_.resize(max_rows * 2 * c.intermediate_size);
  activated_.resize(max_rows * c.intermediate_size);
}

void DecodeEngine::step(std::span<const DecodeRow> rows, KvCache& cache,
                        const OnLogits& on_logits) {
  TORCH_CHECK(static_cast<std::int64_t>(rows.size()) <= max_rows_, "[DecodeEngine::step] ",
              rows.size(), " rows, at most ", max_rows_);
  std::exception_ptr failure;
  const int threads = std::max(1, std::min(at::get_num_threads(), static_cast<int>(rows.size())));
#pragma omp parallel num_threads(threads)
  {
    const std::size_t team = omp_get_num_threads();
    const std::size_t rank = omp_get_thread_num();
    try {
      run(rows, rows.size() * rank / team, rows.size() * (rank + 1) / team, cache, on_logits);
    } catch (...) {
#pragma omp critical
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

void DecodeEngine::run(std::span<const DecodeRow> rows, std::size_t begin, std::size_t end,
                       KvCache& cache, const OnLogits& on_logits) {
  const ModelConfig& c = decoder_.config;
  const std::int64_t n = static_cast<std::int64_t>(end - begin);
  const std::int64_t d = c.hidden_size;
  const float eps = static_cast<float>(c.rms_norm_eps);
  float* x = x_.data() + begin * d;
  float* normed = normed_.data() + begin * d;
  float* projected = projected_.data() + begin * d;
  const float* embedding = decoder_.embed_tokens.data_ptr<float>();
  for (std::int64_t r = 0; r < n; ++r) {
    std::memcpy(x + r * d, embedding + rows[begin + r].token * d, sizeof(float) * d);
  }
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& w = layers_[l];
    kernels::rmsnorm(x, w.input_layernorm, eps, n, d, normed, nullptr);
    attention(w, static_cast<std::int64_t>(l), rows, begin, end, cache);
    linear(mixed_.data() + begin * w.o.k, n, w.o, w.o_bias, projected);
    kernels::add(projected, n * d, x);

    kernels::rmsnorm(x, w.post_attention_layernorm, eps, n, d, normed, nullptr);
    const std::int64_t f = c.intermediate_size;
    float* gate_up = gate_up_.data() + begin * 2 * f;
    float* activated = activated_.data() + begin * f;
    linear(normed, n, w.gate_up, w.gate_up_bias, gate_up);
    for (std::int64_t r = 0; r < n; ++r) {
      kernels::swiglu(gate_up + r * 2 * f, gate_up + r * 2 * f + f, f, activated + r * f);
    }
    linear(activated, n, w.down, w.down_bias, projected);
    kernels::add(projected, n * d, x);
  }
  // The head for a few rows at a time: their logits stay in the cache until they are sampled from.
  const std::int64_t chunk = std::clamp<std::int64_t>((1 << 18) / c.vocab_size, 1, 64);
  std::vector<float> logits(chunk * c.vocab_size);
  std::vector<float> hidden(chunk * d);
  std::vector<std::size_t> chosen;
  const auto flush = [&] {
    linear(hidden.data(), static_cast<std::int64_t>(chosen.size()), head_, {}, logits.data());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      on_logits(chosen[i], logits.data() + i * c.vocab_size);
    }
    chosen.clear();
  };
  for (std::int64_t r = 0; r < n; ++r) {
    if (!rows[begin + r].wants_logits) continue;
    kernels::rmsnorm(x + r * d, decoder_.norm.data_ptr<float>(), eps, 1, d,
                     hidden.data() + chosen.size() * d, nullptr);
    chosen.push_back(begin + r);
    if (static_cast<std::int64_t>(chosen.size()) == chunk) flush();
  }
  if (!chosen.empty()) flush();
}

void DecodeEngine::attention(const Layer& w, std::int64_t index, std::span<const DecodeRow> rows,
                             std::size_t begin, std::size_t end, KvCache& cache) {
  const ModelConfig& c = decoder_.config;
  const std::int64_t h = c.head_dim;
  const std::int64_t heads = c.num_attention_heads;
  const std::int64_t key_heads = c.num_key_value_heads;
  const std::int64_t repeat = heads / key_heads;
  const float eps = static_cast<float>(c.rms_norm_eps);
  const std::int64_t n = static_cast<std::int64_t>(end - begin);
  float* qkv = qkv_.data() + begin * w.qkv.n;
  linear(normed_.data() + begin * c.hidden_size, n, w.qkv, w.qkv_bias, qkv);

  std::int64_t longest = 1;
  for (std::int64_t r = 0; r < n; ++r) {
    const DecodeRow& row = rows[begin + r];
    float* q = qkv + r * w.qkv.n;
    float* k = q + heads * h;
    const float* v = k + key_heads * h;
    if (c.qk_norm) {
      kernels::rmsnorm(q, w.q_norm, eps, heads, h, q, nullptr);
      kernels::rmsnorm(k, w.k_norm, eps, key_heads, h, k, nullptr);
    }
    const float* tables = tables_.data_ptr<float>();
    kernels::rope(q, &row.position, tables, 1, heads + key_heads, h, false);
    const std::int32_t block = row.blocks[row.position / kernels::kBlockTokens];
    for (std::int64_t head = 0; head < key_heads; ++head) {
      kernels::store_key_value(k + head * h, v + head * h, h, row.position % kernels::kBlockTokens,
                               cache.keys(index, block, head), cache.values(index, block, head));
    }
    longest = std::max<std::int64_t>(longest, row.position + 1);
  }
  // A prompt's rows may lie with several threads, and each sees those before it.
#pragma omp barrier

  const std::int64_t max_blocks = (longest + kernels::kBlockTokens - 1) / kernels::kBlockTokens;
  std::vector<float> scratch(4 * kernels::kBlockTokens * max_blocks);
  std::vector<const float*> key_blocks(max_blocks);
  std::vector<const float*> value_blocks(max_blocks);
  std::vector<kernels::Query> queries(repeat);
  const float scale = 1.0f / std::sqrt(static_cast<float>(h));
  for (std::int64_t r = 0; r < n; ++r) {
    const DecodeRow& row = rows[begin + r];
    for (std::int64_t head = 0; head < key_heads; ++head) {
      for (std::int64_t b = 0; b <= row.position / kernels::kBlockTokens; ++b) {
        key_blocks[b] = cache.keys(index, row.blocks[b], head);
        value_blocks[b] = cache.values(index, row.blocks[b], head);
      }
      for (std::int64_t i = 0; i < repeat; ++i) {
        const std::int64_t at = (head * repeat + i) * h;
        queries[i] = {qkv + r * w.qkv.n + at, mixed_.data() + (begin + r) * heads * h + at,
                      row.position + 1, nullptr};
      }
      kernels::attend(queries.data(), repeat, key_blocks.data(), value_blocks.data(), h, scale,
                      scratch.data());
    }
  }
}

}  // namespace hone::model
