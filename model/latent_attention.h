#pragma once

#include <ATen/ops/cat.h>

#include "model/forward_parts.h"

namespace hone::model::forward {

/// Multi-head latent attention in the absorbed form: the matrix that makes keys of the latent
/// vector is applied to the queries instead, and that of the values to what is mixed, so that the
/// attention is one over the latent vectors, which all heads share. Sampling needs that form for
/// its cache, and training computes what sampling does.
/// Source: DeepSeek-V2 (2405.04434), section 2.1; "absorb" in DeepSeek-V3's inference/model.py.
template <class Ops>
Tensor latent_attention(const LayerWeights& w, const Inputs& in, const Tensor& x_SD) {
  const ModelConfig& config = in.config;
  const MlaConfig& mla = config.mla;
  const std::int64_t s = x_SD.size(0);
  const std::int64_t n = config.num_attention_heads;
  const std::int64_t nope = mla.qk_nope_head_dim;
  const auto turn = [&](const Tensor& x) {
    const Tensor& tables = in.tables.whole;
    return mla.rope_interleave ? Ops::rope_pairs(x, in.positions, tables)
                               : Ops::rope(x, in.positions, tables);
  };
  const LayerAdapters& l = w.adapters;
  const bool low_rank = mla.q_lora_rank > 0;
  const Tensor from_SQ =
      low_rank ? norm<Ops>(in, linear<Ops>(x_SD, w.q_a_proj, {}, l.q_a_proj), w.q_a_layernorm)
               : x_SD;
  const Tensor q_SN = (low_rank ? linear<Ops>(from_SQ, w.q_b_proj, {}, l.q_b_proj)
                                : linear<Ops>(from_SQ, w.q_proj, {}, l.q_proj))
                          .view({s, n, nope + config.head_dim});
  const Tensor kv_S = linear<Ops>(x_SD, w.kv_a_proj, {}, l.kv_a_proj);
  const Tensor latent_SC =
      norm<Ops>(in, kv_S.narrow(1, 0, mla.kv_lora_rank).contiguous(), w.kv_a_layernorm);
  const Tensor key_rope = turn(kv_S.narrow(1, mla.kv_lora_rank, config.head_dim).unsqueeze(1));

  // [N, nope + v, C]
  const Tensor b =
      weight<Ops>(w.kv_b_proj, l.kv_b_proj).view({n, nope + mla.v_head_dim, mla.kv_lora_rank});
  const Tensor queries = at::cat({Ops::head_linear(q_SN.narrow(2, 0, nope), b.narrow(1, 0, nope)),
                                  turn(q_SN.narrow(2, nope, config.head_dim))},
                                 2);
  Tensor keys = at::cat({latent_SC.unsqueeze(1), key_rope}, 2);  // [S, 1, C + rope]
  if (in.kv_type == KvType::kBf16) keys = Ops::round_to_bf16(keys);
  const Tensor mixed =
      Ops::attention(queries, keys, keys, in.segments, {.scale = config.attention_scale()});
  const Tensor values = Ops::head_linear(mixed.narrow(2, 0, mla.kv_lora_rank),
                                         b.narrow(1, nope, mla.v_head_dim).transpose(1, 2));
  return linear<Ops>(values.reshape({s, n * mla.v_head_dim}), w.o_proj, {}, l.o_proj);
}

}  // namespace hone::model::forward
