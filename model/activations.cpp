#include "model/activations.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <cstring>

#include "model/kernels/ceil_div.h"

namespace hone::model {

ActivationLayout::ActivationLayout(const ModelConfig& config) {
  std::int64_t end = 0;
  const auto behind = [&](std::int64_t width) {
    const Part part{end, width};
    end += width;
    return part;
  };
  const auto on_a_cache_line = [&](std::int64_t width) {
    constexpr std::int64_t kLine = 16;  // floats
    end = kernels::ceil_div(end, kLine) * kLine;
    return behind(width);
  };
  const std::int64_t key = config.num_key_value_heads * config.head_dim;
  q = on_a_cache_line(config.num_attention_heads * config.head_dim);
  k = behind(key);
  v = behind(key);
  mixed = on_a_cache_line(q.width);
  softmax = on_a_cache_line(2 * config.num_attention_heads);
  o = on_a_cache_line(config.hidden_size);
  gate = on_a_cache_line(config.intermediate_size);
  up = on_a_cache_line(config.intermediate_size);
  down = on_a_cache_line(config.hidden_size);
  layer = on_a_cache_line(0).offset;
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
