#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/randn.h>

#include <numeric>
#include <random>

#include "model/decoder.h"

namespace hone::tests {

/// The families that a test of every family goes through.
inline const std::string kFamilies[] = {"llama",  "qwen2",       "qwen3",     "mistral",
                                        "gemma2", "gemma3_text", "qwen3_moe", "deepseek_v3"};

/// The configuration of a small decoder. Sizes are no multiples of sixteen, so that every kernel's
/// edge is reached; windows are shorter than the sequences, caps bite.
inline model::ModelConfig tiny_config(const std::string& family) {
  model::ModelConfig config;
  model::set_family(config, family);
  config.vocab_size = 61;
  config.hidden_size = 36;
  config.intermediate_size = 52;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 10;
  config.max_position_embeddings = 128;
  config.initializer_range = 0.3;
  config.tie_word_embeddings = family != "llama" && family != "mistral";
  config.eos_token_ids = {2};
  if (family == "mistral") {
    config.rope.rope_type = "yarn";
    config.rope.factor = 4;
    config.rope.original_max_position_embeddings = 20;
    config.rope.attention_factor = 1.2;
    config.sliding_window = 7;
    config.sliding_layers = {true, true};
  }
  if (family == "gemma2" || family == "gemma3_text") {
    config.query_pre_attn_scalar = 14;
    config.final_logit_softcapping = 5;
    config.sliding_window = 7;
    config.sliding_layers = {true, false};
  }
  if (family == "gemma2") config.attn_logit_softcapping = 2;
  if (family == "gemma3_text") {
    config.rope.rope_type = "linear";
    config.rope.factor = 8;
    config.rope_local_base_freq = 100;
  }
  if (family == "qwen3_moe" || family == "deepseek_v3") {
    config.tie_word_embeddings = false;
    config.moe.n_routed_experts = 6;
    config.moe.num_experts_per_tok = 3;
    config.moe.moe_intermediate_size = 20;
    config.moe.norm_topk_prob = family == "deepseek_v3";
    config.moe.layers = {false, true};
  }
  if (family == "deepseek_v3") {
    config.num_hidden_layers = 3;
    config.moe.layers = {false, true, true};
    config.moe.n_shared_experts = 2;
    config.moe.n_group = 3;
    config.moe.topk_group = 2;
    config.moe.routed_scaling_factor = 1.5;
    config.num_key_value_heads = 4;
    config.head_dim = 6;  // what RoPE turns
    config.mla = {.kv_lora_rank = 12, .q_lora_rank = 14, .qk_nope_head_dim = 10, .v_head_dim = 7};
    config.rope.rope_type = "yarn";
    config.rope.factor = 4;
    config.rope.original_max_position_embeddings = 20;
    config.rope.mscale = config.rope.mscale_all_dim = 0.8;
  }
  return config;
}

/// The same with so many layers, of which each has its own window or experts where a family has
/// those.
inline model::ModelConfig layered_config(const std::string& family, std::int64_t num_layers) {
  model::ModelConfig config = tiny_config(family);
  config.num_hidden_layers = num_layers;
  const auto flags = [&](auto flag) {
    std::vector<bool> all;
    for (std::int64_t layer = 0; layer < num_layers; ++layer) all.push_back(flag(layer));
    return all;
  };
  const auto every_third = [](std::int64_t layer) { return layer % 3 == 0; };
  if (family == "mistral") config.sliding_layers = flags([](std::int64_t) { return true; });
  if (family.starts_with("gemma")) config.sliding_layers = flags(every_third);
  if (family == "qwen3_moe") config.moe.layers = flags(every_third);
  if (family == "deepseek_v3") {
    config.moe.layers = flags([](std::int64_t layer) { return layer >= 2; });
  }
  return config;
}

inline model::Decoder tiny_decoder(const std::string& family, std::uint64_t seed = 1) {
  model::Decoder decoder = model::random_decoder(tiny_config(family), seed);
  // Norms and biases away from 1 and 0, or their gradients could be wrong unseen.
  std::uint64_t n = seed;
  for (const auto& [name, weight] : decoder.named_parameters()) {
    if (weight.dim() != 1) continue;
    at::Generator generator = at::detail::createCPUGenerator(++n);
    weight.add_(at::randn(weight.sizes(), generator), 0.1);
  }
  return decoder;
}

inline std::vector<std::int32_t> random_ids(std::int64_t count, std::int64_t below, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<std::int32_t> ids(count);
  for (auto& id : ids) id = static_cast<std::int32_t>(engine() % below);
  return ids;
}

/// One segment of these tokens.
inline model::PackedBatch single(const std::vector<std::int32_t>& ids) {
  model::PackedBatch batch;
  batch.tokens = ids;
  batch.positions.resize(ids.size());
  std::iota(batch.positions.begin(), batch.positions.end(), 0);
  batch.segments = {{0, static_cast<std::int64_t>(ids.size()), -1}};
  return batch;
}

}  // namespace hone::tests
