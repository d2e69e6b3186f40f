#include "model/activations.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <cstring>

namespace hone::model {

ActivationLayout::ActivationLayout(const ModelConfig& config) {
  std::int64_t end = 0;
  const auto next = [&](std::int64_t width) {
    const Part part{end, width};
    end += width;
    return part;
  };
  const std::int64_t query = config.num_attention_heads * config.head_dim;
  const std::int64_t key = config.num_key_value_heads * config.head_dim;
  q = next(query);
  k = next(key);
  v = next(key);
  mixed = next(query);
  softmax = next(2 * config.num_attention_heads);
  o = next(config.hidden_size);
  gate = next(config.intermediate_size);
  up = next(config.intermediate_size);
  down = next(config.hidden_size);
  layer = end;
  token = layer * config.num_hidden_layers;
}

bool ActivationLayout::covers(const ModelConfig& config) {
  return !config.latent_attention() && config.moe.n_routed_experts == 0;
}

at::Tensor gather(const std::vector<const float*>& tokens, const ActivationLayout& layout,
                  std::size_t layer, const ActivationLayout::Part& part) {
  constexpr std::int64_t kGrain = 64;  // tokens that are worth a thread
  const auto count = static_cast<std::int64_t>(tokens.size());
  const std::int64_t offset = static_cast<std::int64_t>(layer) * layout.layer + part.offset;
  at::Tensor all = at::empty({count, part.width}, at::kFloat);
  float* const to = all.mutable_data_ptr<float>();
  at::parallel_for(0, count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::memcpy(to + i * part.width, tokens[static_cast<std::size_t>(i)] + offset,
                  sizeof(float) * static_cast<std::size_t>(part.width));
    }
  });
  return all;
}

}  // namespace hone::model
