// The decoder's weights as a list: allocated, drawn, copied. The forward pass is in decoder.cpp.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <charconv>
#include <string_view>
#include <unordered_map>

#include "model/decoder.h"
#include "model/normal.h"
#include "model/weight_shapes.h"

namespace hone::model {
namespace {

using at::Tensor;

template <class Owner>
using Members = std::unordered_map<std::string_view, Tensor Owner::*>;

const Members<LayerWeights>& layer_members() {
  using L = LayerWeights;
  static const Members<L> members = {
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
      {"self_attn.q_a_proj.weight", &L::q_a_proj},
      {"self_attn.q_a_layernorm.weight", &L::q_a_layernorm},
      {"self_attn.q_b_proj.weight", &L::q_b_proj},
      {"self_attn.kv_a_proj_with_mqa.weight", &L::kv_a_proj},
      {"self_attn.kv_a_layernorm.weight", &L::kv_a_layernorm},
      {"self_attn.kv_b_proj.weight", &L::kv_b_proj},
      {"post_attention_layernorm.weight", &L::post_attention_layernorm},
      {"pre_feedforward_layernorm.weight", &L::pre_feedforward_layernorm},
      {"post_feedforward_layernorm.weight", &L::post_feedforward_layernorm},
      {"mlp.gate_proj.weight", &L::gate_proj},
      {"mlp.gate_proj.bias", &L::gate_bias},
      {"mlp.up_proj.weight", &L::up_proj},
      {"mlp.up_proj.bias", &L::up_bias},
      {"mlp.down_proj.weight", &L::down_proj},
      {"mlp.down_proj.bias", &L::down_bias},
      {"mlp.gate.weight", &L::router},
      {"mlp.gate.e_score_correction_bias", &L::router_bias},
  };
  return members;
}

const Members<ExpertWeights>& expert_members() {
  static const Members<ExpertWeights> members = {
      {"gate_proj.weight", &ExpertWeights::gate_proj},
      {"up_proj.weight", &ExpertWeights::up_proj},
      {"down_proj.weight", &ExpertWeights::down_proj},
  };
  return members;
}

const Members<PredictionLayer>& prediction_members() {
  static const Members<PredictionLayer> members = {
      {"enorm.weight", &PredictionLayer::enorm},
      {"hnorm.weight", &PredictionLayer::hnorm},
      {"eh_proj.weight", &PredictionLayer::eh_proj},
      {"shared_head.norm.weight", &PredictionLayer::norm},
  };
  return members;
}

bool take_prefix(std::string_view& name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return false;
  name.remove_prefix(prefix.size());
  return true;
}

/// "12.rest" -> 12, name being the rest.
std::size_t take_number(std::string_view& name) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  TORCH_CHECK(error == std::errc(), "[decoder] no number in a weight's name: ", name);
  name.remove_prefix(static_cast<std::size_t>(end - name.data()) + 1);
  return number;
}

/// A block's weight by its name in layer_weight_shapes().
Tensor& layer_tensor(LayerWeights& layer, std::string_view name) {
  if (take_prefix(name, "mlp.experts.")) {
    const std::size_t expert = take_number(name);
    if (layer.experts.size() <= expert) layer.experts.resize(expert + 1);
    return layer.experts[expert].*expert_members().at(name);
  }
  if (take_prefix(name, "mlp.shared_experts.")) {
    return layer.shared_experts.*expert_members().at(name);
  }
  return layer.*layer_members().at(name);
}

/// A weight by its name in weight_shapes().
Tensor& tensor_of(Decoder& decoder, std::string_view name) {
  if (name == "model.embed_tokens.weight") return decoder.embed_tokens;
  if (name == "model.norm.weight") return decoder.norm;
  if (name == "lm_head.weight") return decoder.lm_head;
  TORCH_CHECK(take_prefix(name, "model.layers."), "[decoder] unknown weight ", name);
  const std::size_t layer = take_number(name);
  if (layer < decoder.layers.size()) return layer_tensor(decoder.layers[layer], name);
  if (!decoder.prediction) decoder.prediction.emplace();
  const auto own = prediction_members().find(name);
  return own == prediction_members().end() ? layer_tensor(decoder.prediction->layer, name)
                                           : *decoder.prediction.*own->second;
}

}  // namespace

std::vector<Tensor> LayerWeights::tensors() const {
  std::vector<Tensor> all;
  const auto add = [&all](const Tensor& tensor) {
    if (tensor.defined()) all.push_back(tensor);
  };
  const auto add_expert = [&add](const ExpertWeights& expert) {
    for (const Tensor& weight : {expert.gate_proj, expert.up_proj, expert.down_proj}) add(weight);
  };
  for (const auto& [name, member] : layer_members()) add(this->*member);
  for (const ExpertWeights& expert : experts) add_expert(expert);
  add_expert(shared_experts);
  const LayerAdapters& l = adapters;
  for (const Adapter* adapter :
       {&l.q_proj, &l.k_proj, &l.v_proj, &l.o_proj, &l.gate_proj, &l.up_proj, &l.down_proj,
        &l.q_a_proj, &l.q_b_proj, &l.kv_a_proj, &l.kv_b_proj}) {
    add(adapter->a);
    add(adapter->b);
  }
  return all;
}

std::vector<std::pair<std::string, Tensor>> Decoder::named_parameters() const {
  std::vector<std::pair<std::string, Tensor>> parameters;
  for (auto& [name, shape] : weight_shapes(config)) {
    // Only reads: what a name says is there already.
    const Tensor& tensor = tensor_of(const_cast<Decoder&>(*this), name);
    parameters.emplace_back(std::move(name), tensor);
  }
  return parameters;
}

Decoder empty_decoder(const ModelConfig& config) {
  Decoder decoder;
  decoder.config = config;
  decoder.layers.resize(static_cast<std::size_t>(config.num_hidden_layers));
  for (const auto& [name, shape] : weight_shapes(config)) {
    tensor_of(decoder, name) = at::empty(shape, at::kFloat);
  }
  if (config.tie_word_embeddings) decoder.lm_head = decoder.embed_tokens;
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
                         const bool zero = name.ends_with("bias") || config.norm_plus_one;
                         std::fill(values.begin(), values.end(), zero ? 0.0f : 1.0f);
                       }
                     }
                   });
  return decoder;
}

Decoder frozen_copy(const Decoder& decoder) {
  Decoder copy = decoder;
  copy.lora.reset();
  for (LayerWeights& layer : copy.layers) layer.adapters = {};
  for (const auto& [name, shape] : weight_shapes(decoder.config)) {
    Tensor& tensor = tensor_of(copy, name);
    tensor = tensor.detach().clone();
  }
  if (decoder.config.tie_word_embeddings) copy.lm_head = copy.embed_tokens;
  return copy;
}

void require_gradients(Decoder& decoder) {
  for (auto& [name, tensor] : decoder.trainable_parameters()) tensor.set_requires_grad(true);
}

bool fits_a_core(const Decoder& decoder) {
  constexpr std::int64_t kWeights = 1 << 22;  // 16 MiB
  std::int64_t weights = 0;
  for (const auto& [name, weight] : decoder.named_parameters()) weights += weight.numel();
  return weights <= kWeights;
}

}  // namespace hone::model
