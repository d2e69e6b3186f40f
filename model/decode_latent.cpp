#include <algorithm>
#include <cstring>

#include "model/decode_parts.h"
#include "model/kernels/rows.h"

// Latent attention in a decode step: what latent_attention.h computes, over a cache of the latent
// vectors alone.
namespace hone::model {

void DecodeEngine::pack_latent_attention(const LayerWeights& w, Layer& layer) {
  const ModelConfig& c = decoder_.config;
  const MlaConfig& mla = c.mla;
  layer.q_a_norm = data_of(w.q_a_layernorm);
  layer.kv_a_norm = data_of(w.kv_a_layernorm);
  layer.qkv = pack({mla.q_lora_rank > 0 ? w.q_a_proj : w.q_proj, w.kv_a_proj});
  if (mla.q_lora_rank > 0) layer.q_b = pack({w.q_b_proj});
  const at::Tensor b = w.kv_b_proj.view(
      {c.num_attention_heads, mla.qk_nope_head_dim + mla.v_head_dim, mla.kv_lora_rank});
  for (std::int64_t head = 0; head < c.num_attention_heads; ++head) {
    const at::Tensor own = b.select(0, head);
    layer.absorb.push_back(pack({own.narrow(0, 0, mla.qk_nope_head_dim).t()}));
    layer.value_up.push_back(pack({own.narrow(0, mla.qk_nope_head_dim, mla.v_head_dim)}));
  }
}

void DecodeEngine::turn(const Layer& layer, std::int32_t position, float* x) const {
  const ModelConfig& c = decoder_.config;
  const auto rope = c.mla.rope_interleave ? kernels::rope_pairs : kernels::rope;
  rope(x, &position, layer.rope, 1, 1, c.head_dim, false);
}

template <class T>
void DecodeEngine::store_latents(const Part& part, const Layer& w, KvCache& cache) {
  const ModelConfig& c = decoder_.config;
  const std::int64_t latent = c.mla.kv_lora_rank;
  const std::int64_t h = c.attention_head_dim();
  const float eps = static_cast<float>(c.rms_norm_eps);
  const Range own = range_of(part.rank, part.size, static_cast<std::int64_t>(rows_.size()));
  for (std::int64_t r = own.begin; r < own.end; ++r) {
    const DecodeRow& row = rows_[r];
    float* const q = qkv_.data() + r * w.qkv.n;
    float* const key = q + w.qkv.n - h;  // the latent vector, and what RoPE turns
    if (w.q_a_norm != nullptr) {
      kernels::rmsnorm(q, w.q_a_norm, eps, 1, c.mla.q_lora_rank, q, nullptr);
    }
    kernels::rmsnorm(key, w.kv_a_norm, eps, 1, latent, key, nullptr);
    turn(w, row.position, key + latent);
    const std::int32_t block = row.blocks[row.position / kernels::kBlockTokens];
    kernels::store_key_value(key, key, h, row.position % kernels::kBlockTokens,
                             cache.keys<T>(w.index, block, 0), cache.values<T>(w.index, block, 0));
  }
}

/// Queries [rows, N, C + R] over the latent vectors, out of what store_latents() left.
void DecodeEngine::latent_queries(Part& part, const Layer& w) {
  const ModelConfig& c = decoder_.config;
  const std::int64_t n = static_cast<std::int64_t>(rows_.size());
  const std::int64_t heads = c.num_attention_heads;
  const std::int64_t nope = c.mla.qk_nope_head_dim;
  const std::int64_t own_size = nope + c.head_dim;
  const std::int64_t latent = c.mla.kv_lora_rank;
  const std::int64_t h = c.attention_head_dim();
  const float* q = qkv_.data();
  std::int64_t q_row = w.qkv.n;
  if (w.q_a_norm != nullptr) {
    linear(q, q_row, n, w.q_b, {}, range_of(part.rank, part.size, w.q_b.n, 16), q_.data());
    q = q_.data();
    q_row = w.q_b.n;
#pragma omp barrier
  }
  const Range own_rows = range_of(part.rank, part.size, n);
  for (std::int64_t r = own_rows.begin; r < own_rows.end; ++r) {
    for (std::int64_t head = 0; head < heads; ++head) {
      float* const turned = queries_.data() + (r * heads + head) * h + latent;
      std::memcpy(turned, q + r * q_row + head * own_size + nope, sizeof(float) * c.head_dim);
      turn(w, rows_[r].position, turned);
    }
  }
  const Range own_heads = range_of(part.rank, part.size, heads);
  for (std::int64_t head = own_heads.begin; head < own_heads.end; ++head) {
    kernels::gemm_packed(q + head * own_size, q_row, w.absorb[head], queries_.data() + head * h,
                         heads * h, n, 0, latent, false);
  }
}

/// Values [rows, N, v] of what was mixed of the latent vectors.
void DecodeEngine::latent_values(const Part& part, const Layer& w, std::int64_t rows) {
  const ModelConfig& c = decoder_.config;
  const std::int64_t heads = c.num_attention_heads;
  const std::int64_t h = c.attention_head_dim();
  const std::int64_t v = c.mla.v_head_dim;
  const Range own = range_of(part.rank, part.size, heads);
  for (std::int64_t head = own.begin; head < own.end; ++head) {
    kernels::gemm_packed(mixed_.data() + head * h, heads * h, w.value_up[head],
                         values_.data() + head * v, heads * v, rows, 0, v, false);
  }
}

template void DecodeEngine::store_latents<float>(const Part&, const Layer&, KvCache&);
template void DecodeEngine::store_latents<kernels::Bf16>(const Part&, const Layer&, KvCache&);

}  // namespace hone::model
