// The decoder's weights as a list: allocated, drawn, copied. The forward pass is in decoder.cpp.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <string_view>
#include <unordered_map>

#include "model/decoder.h"
#include "model/normal.h"
#include "model/weight_shapes.h"

namespace hone::model {
namespace {

const std::unordered_map<std::string_view, at::Tensor LayerWeights::*>& layer_members() {
  using L = LayerWeights;
  static const std::unordered_map<std::string_view, at::Tensor L::*> members = {
      {"input_layernorm.weight", &L::input_layernorm},
      {"self_attn.q_proj.weight", &L::q_proj},
      {"self_attn.q_proj.bias", &L::q_bias},
      {"self_attn.k_proj.weight", &L::k_proj},
      {"self_attn.k_proj.bias", &L::k_bias},
      {"self_attn.v_proj.weight", &L::v_proj},
      {"self_attn.v_proj.bias", &L::v_bias},
      {"self_attn.o_proj.weight", &L::o_proj},
      {"self_attn.o_proj.bias", &L::o_bias},
      {"self_attn.q_norm.weight", &L::q_norm},
      {"self_attn.k_norm.weight", &L::k_norm},
      {"post_attention_layernorm.weight", &L::post_attention_layernorm},
      {"pre_feedforward_layernorm.weight", &L::pre_feedforward_layernorm},
      {"post_feedforward_layernorm.weight", &L::post_feedforward_layernorm},
      {"mlp.gate_proj.weight", &L::gate_proj},
      {"mlp.gate_proj.bias", &L::gate_bias},
      {"mlp.up_proj.weight", &L::up_proj},
      {"mlp.up_proj.bias", &L::up_bias},
      {"mlp.down_proj.weight", &L::down_proj},
      {"mlp.down_proj.bias", &L::down_bias},
  };
  return members;
}

}  // namespace

std::vector<std::pair<std::string, at::Tensor>> Decoder::named_parameters() const {
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  parameters.emplace_back("model.embed_tokens.weight", embed_tokens);
  const auto shapes = layer_weight_shapes(config);
  for (std::size_t index = 0; index < layers.size(); ++index) {
    const std::string prefix = "model.layers." + std::to_string(index) + ".";
    for (const auto& weight : shapes) {
      const auto member = layer_members().at(weight.name);
      parameters.emplace_back(prefix + weight.name, layers[index].*member);
    }
  }
  parameters.emplace_back("model.norm.weight", norm);
  if (!config.tie_word_embeddings) parameters.emplace_back("lm_head.weight", lm_head);
  return parameters;
}

Decoder empty_decoder(const ModelConfig& config) {
  const auto allocate = [](const std::vector<std::int64_t>& shape) {
    return at::empty(shape, at::kFloat);
  };
  Decoder decoder;
  decoder.config = config;
  decoder.embed_tokens = allocate({config.vocab_size, config.hidden_size});
  decoder.layers.resize(static_cast<std::size_t>(config.num_hidden_layers));
  const auto shapes = layer_weight_shapes(config);
  for (auto& layer : decoder.layers) {
    for (const auto& weight : shapes) {
      layer.*layer_members().at(weight.name) = allocate(weight.shape);
    }
  }
  decoder.norm = allocate({config.hidden_size});
  decoder.lm_head = config.tie_word_embeddings ? decoder.embed_tokens
                                               : allocate({config.vocab_size, config.hidden_size});
  return decoder;
}

Decoder random_decoder(const ModelConfig& config, std::uint64_t seed) {
  Decoder decoder = empty_decoder(config);
  const auto parameters = decoder.named_parameters();
  // Each tensor has a stream of its own, so threads may share them out in any way.
  at::parallel_for(0, static_cast<std::int64_t>(parameters.size()), 1,
                   [&](std::int64_t begin, std::int64_t end) {
                     for (auto index = begin; index < end; ++index) {
                       const auto& [name, tensor] = parameters[static_cast<std::size_t>(index)];
                       std::span<float> values(tensor.data_ptr<float>(),
                                               static_cast<std::size_t>(tensor.numel()));
                       if (tensor.dim() == 2) {
                         fill_normal(values, config.initializer_range, seed,
                                     static_cast<std::uint64_t>(index));
                       } else {
                         const bool zero = name.ends_with(".bias") || config.norm_plus_one;
                         std::fill(values.begin(), values.end(), zero ? 0.0f : 1.0f);
                       }
                     }
                   });
  return decoder;
}

Decoder frozen_copy(const Decoder& decoder) {
  Decoder copy;
  copy.config = decoder.config;
  copy.embed_tokens = decoder.embed_tokens.detach().clone();
  for (const auto& layer : decoder.layers) {
    LayerWeights& target = copy.layers.emplace_back();
    for (const auto& [name, member] : layer_members()) {
      if ((layer.*member).defined()) target.*member = (layer.*member).detach().clone();
    }
  }
  copy.norm = decoder.norm.detach().clone();
  copy.lm_head =
      decoder.config.tie_word_embeddings ? copy.embed_tokens : decoder.lm_head.detach().clone();
  return copy;
}

void require_gradients(Decoder& decoder) {
  for (auto& [name, tensor] : decoder.trainable_parameters()) tensor.set_requires_grad(true);
}

}  // namespace hone::model
