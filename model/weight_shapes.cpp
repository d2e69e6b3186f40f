#include "model/weight_shapes.h"

namespace hone::model {

std::vector<WeightShape> layer_weight_shapes(const ModelConfig& config) {
  const std::int64_t width = config.hidden_size;
  const std::int64_t ff = config.intermediate_size;
  const std::int64_t head = config.head_dim;
  const std::int64_t query = config.num_attention_heads * head;
  const std::int64_t key_value = config.num_key_value_heads * head;

  std::vector<WeightShape> weights;
  const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in, bool bias) {
    weights.push_back({name + ".weight", {out, in}});
    if (bias) weights.push_back({name + ".bias", {out}});
  };
  linear("self_attn.q_proj", query, width, config.qkv_bias);
  linear("self_attn.k_proj", key_value, width, config.qkv_bias);
  linear("self_attn.v_proj", key_value, width, config.qkv_bias);
  linear("self_attn.o_proj", width, query, config.o_bias);
  if (config.qk_norm) {
    weights.push_back({"self_attn.q_norm.weight", {head}});
    weights.push_back({"self_attn.k_norm.weight", {head}});
  }
  linear("mlp.gate_proj", ff, width, config.mlp_bias);
  linear("mlp.up_proj", ff, width, config.mlp_bias);
  linear("mlp.down_proj", width, ff, config.mlp_bias);
  weights.push_back({"input_layernorm.weight", {width}});
  weights.push_back({"post_attention_layernorm.weight", {width}});
  if (config.norm_after) {
    weights.push_back({"pre_feedforward_layernorm.weight", {width}});
    weights.push_back({"post_feedforward_layernorm.weight", {width}});
  }
  return weights;
}

std::vector<WeightShape> weight_shapes(const ModelConfig& config) {
  std::vector<WeightShape> weights;
  weights.push_back({"model.embed_tokens.weight", {config.vocab_size, config.hidden_size}});
  const auto layer = layer_weight_shapes(config);
  for (std::int64_t index = 0; index < config.num_hidden_layers; ++index) {
    const std::string prefix = "model.layers." + std::to_string(index) + ".";
    for (const auto& weight : layer) weights.push_back({prefix + weight.name, weight.shape});
  }
  weights.push_back({"model.norm.weight", {config.hidden_size}});
  if (!config.tie_word_embeddings) {
    weights.push_back({"lm_head.weight", {config.vocab_size, config.hidden_size}});
  }
  return weights;
}

}  // namespace hone::model
