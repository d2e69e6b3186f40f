#include "model/weight_shapes.h"

namespace hone::model {
namespace {

/// Collects names and shapes.
struct Shapes {
  std::vector<WeightShape> weights;

  void add(const std::string& name, std::vector<std::int64_t> shape) {
    weights.push_back({name, std::move(shape)});
  }
  void linear(const std::string& name, std::int64_t out, std::int64_t in, bool bias = false) {
    add(name + ".weight", {out, in});
    if (bias) add(name + ".bias", {out});
  }
  void feed_forward(const std::string& name, std::int64_t width, std::int64_t ff,
                    bool bias = false) {
    linear(name + ".gate_proj", ff, width, bias);
    linear(name + ".up_proj", ff, width, bias);
    linear(name + ".down_proj", width, ff, bias);
  }
};

void add_attention(const ModelConfig& config, Shapes& shapes) {
  const std::int64_t width = config.hidden_size;
  const std::int64_t query = config.num_attention_heads * config.head_dim;
  const std::int64_t key_value = config.num_key_value_heads * config.head_dim;
  shapes.linear("self_attn.q_proj", query, width, config.qkv_bias);
  shapes.linear("self_attn.k_proj", key_value, width, config.qkv_bias);
  shapes.linear("self_attn.v_proj", key_value, width, config.qkv_bias);
  shapes.linear("self_attn.o_proj", width, query, config.o_bias);
  if (!config.qk_norm) return;
  shapes.add("self_attn.q_norm.weight", {config.head_dim});
  shapes.add("self_attn.k_norm.weight", {config.head_dim});
}

void add_latent_attention(const ModelConfig& config, Shapes& shapes) {
  const MlaConfig& mla = config.mla;
  const std::int64_t width = config.hidden_size;
  const std::int64_t heads = config.num_attention_heads;
  const std::int64_t query = heads * (mla.qk_nope_head_dim + config.head_dim);
  if (mla.q_lora_rank > 0) {
    shapes.linear("self_attn.q_a_proj", mla.q_lora_rank, width);
    shapes.add("self_attn.q_a_layernorm.weight", {mla.q_lora_rank});
    shapes.linear("self_attn.q_b_proj", query, mla.q_lora_rank);
  } else {
    shapes.linear("self_attn.q_proj", query, width);
  }
  shapes.linear("self_attn.kv_a_proj_with_mqa", mla.kv_lora_rank + config.head_dim, width);
  shapes.add("self_attn.kv_a_layernorm.weight", {mla.kv_lora_rank});
  shapes.linear("self_attn.kv_b_proj", heads * (mla.qk_nope_head_dim + mla.v_head_dim),
                mla.kv_lora_rank);
  shapes.linear("self_attn.o_proj", width, heads * mla.v_head_dim);
}

void add_experts(const ModelConfig& config, Shapes& shapes) {
  const MoeConfig& moe = config.moe;
  shapes.linear("mlp.gate", moe.n_routed_experts, config.hidden_size);
  if (moe.scoring == Scoring::kSigmoid) {
    shapes.add("mlp.gate.e_score_correction_bias", {moe.n_routed_experts});
  }
  for (std::int64_t e = 0; e < moe.n_routed_experts; ++e) {
    shapes.feed_forward("mlp.experts." + std::to_string(e), config.hidden_size,
                        moe.moe_intermediate_size);
  }
  if (moe.n_shared_experts > 0) {
    shapes.feed_forward("mlp.shared_experts", config.hidden_size,
                        moe.moe_intermediate_size * moe.n_shared_experts);
  }
}

}  // namespace

std::vector<WeightShape> layer_weight_shapes(const ModelConfig& config, std::size_t layer) {
  const std::int64_t width = config.hidden_size;
  const bool predicts = layer == static_cast<std::size_t>(config.num_hidden_layers);
  Shapes shapes;
  if (predicts) {
    shapes.add("enorm.weight", {width});
    shapes.add("hnorm.weight", {width});
    shapes.linear("eh_proj", width, 2 * width);
  }
  if (config.latent_attention()) {
    add_latent_attention(config, shapes);
  } else {
    add_attention(config, shapes);
  }
  if (predicts || config.has_experts(layer)) {
    add_experts(config, shapes);
  } else {
    shapes.feed_forward("mlp", width, config.intermediate_size, config.mlp_bias);
  }
  shapes.add("input_layernorm.weight", {width});
  shapes.add("post_attention_layernorm.weight", {width});
  if (config.norm_after) {
    shapes.add("pre_feedforward_layernorm.weight", {width});
    shapes.add("post_feedforward_layernorm.weight", {width});
  }
  if (predicts) shapes.add("shared_head.norm.weight", {width});
  return std::move(shapes.weights);
}

std::string layer_prefix(std::size_t layer) {
  return "model.layers." + std::to_string(layer) + ".";
}

std::vector<WeightShape> weight_shapes(const ModelConfig& config) {
  std::vector<WeightShape> weights;
  weights.push_back({"model.embed_tokens.weight", {config.vocab_size, config.hidden_size}});
  const std::int64_t layers = config.num_hidden_layers + config.num_nextn_predict_layers;
  for (std::size_t layer = 0; layer < static_cast<std::size_t>(layers); ++layer) {
    for (WeightShape& weight : layer_weight_shapes(config, layer)) {
      weights.push_back({layer_prefix(layer) + weight.name, std::move(weight.shape)});
    }
  }
  weights.push_back({"model.norm.weight", {config.hidden_size}});
  if (!config.tie_word_embeddings) {
    weights.push_back({"lm_head.weight", {config.vocab_size, config.hidden_size}});
  }
  return weights;
}

}  // namespace hone::model
