#include "model/activations.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <cstring>

namespace hone::model {

ActivationLayout::ActivationLayout(const ModelConfig& config)
    : token_floats(0), layers(config.num_hidden_layers) {
  const auto next = [&](std::int64_t width) {
    const Part part{token_floats, width};
    token_floats += width;
    return part;
  };
  q = next(config.num_attention_heads * config.head_dim);
  k = next(config.num_key_value_heads * config.head_dim);
  v = next(k.width);
  mixed = next(q.width);
  o = next(config.hidden_size);
  gate = next(config.intermediate_size);
  up = next(config.intermediate_size);
  down = next(config.hidden_size);
  softmax = next(2 * config.num_attention_heads);
}

bool ActivationLayout::covers(const ModelConfig& config) {
  return !config.latent_attention() && config.moe.n_routed_experts == 0;
}

Activations::Activations(const ActivationLayout& layout, std::int64_t tokens) : tokens_(tokens) {
  for (std::int64_t l = 0; l < layout.layers; ++l) {
    layers_.emplace_back(static_cast<std::size_t>(layout.token_floats * tokens));
  }
}

std::vector<at::Tensor> views(const std::vector<KeptTokens>& kept, std::int64_t layer,
                              const ActivationLayout::Part& part) {
  std::vector<at::Tensor> all;
  for (const KeptTokens& some : kept) {
    // A tensor's memory is never const; nothing writes to it.
    float* const own = const_cast<float*>(some.activations->of(layer, part));
    all.push_back(at::from_blob(own, {some.tokens, part.width}, at::kFloat));
  }
  return all;
}

at::Tensor gather(const std::vector<KeptTokens>& kept, std::int64_t layer,
                  const ActivationLayout::Part& part) {
  std::vector<std::int64_t> first = {0};  // token of each, and the end
  for (const KeptTokens& some : kept) first.push_back(first.back() + some.tokens);
  at::Tensor all = at::empty({first.back(), part.width}, at::kFloat);
  float* const to = all.mutable_data_ptr<float>();
  at::parallel_for(
      0, static_cast<std::int64_t>(kept.size()), 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const KeptTokens& some = kept[static_cast<std::size_t>(i)];
          std::memcpy(to + first[static_cast<std::size_t>(i)] * part.width,
                      some.activations->of(layer, part),
                      sizeof(float) * static_cast<std::size_t>(some.tokens * part.width));
        }
      });
  return all;
}

}  // namespace hone::model
