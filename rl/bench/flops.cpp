#include "rl/bench/flops.h"

#include <algorithm>

#include "model/weight_shapes.h"

namespace hone::rl {
namespace {

/// Entries of the matrices of all layers that a token is multiplied with.
double layer_matrices(const model::ModelConfig& config) {
  const double used = config.moe.n_routed_experts == 0
                          ? 0
                          : static_cast<double>(config.moe.num_experts_per_tok) /
                                static_cast<double>(config.moe.n_routed_experts);
  double entries = 0;
  for (std::size_t l = 0; l < static_cast<std::size_t>(config.num_hidden_layers); ++l) {
    for (const model::WeightShape& weight : model::layer_weight_shapes(config, l)) {
      if (weight.shape.size() != 2) continue;
      const double share = weight.name.starts_with("mlp.experts.") ? used : 1;
      entries += share * static_cast<double>(weight.shape[0] * weight.shape[1]);
    }
  }
  return entries;
}

/// Tokens that the first `count` tokens of a sequence attend to: the one at position p to p + 1, or
/// to as many as its window holds.
std::int64_t attended_before(std::int64_t count, std::int64_t window) {
  const std::int64_t rising = window > 0 ? std::min(count, window) : count;
  return rising * (rising + 1) / 2 + (count - rising) * window;
}

/// FLOPs of the tokens [begin, end) of a sequence, without their logits.
double sequence_flops(const model::ModelConfig& config, std::int64_t begin, std::int64_t end) {
  const double tokens = static_cast<double>(end - begin);
  double attended = 0;  // all layers
  for (std::size_t l = 0; l < static_cast<std::size_t>(config.num_hidden_layers); ++l) {
    attended += static_cast<double>(attended_before(end, config.window(l)) -
                                    attended_before(begin, config.window(l)));
  }
  const double query =
      static_cast<double>(config.num_attention_heads * config.attention_head_dim());
  return 2 * layer_matrices(config) * tokens + 4 * query * attended;
}

double logits_flops(const model::ModelConfig& config, std::int64_t tokens) {
  return 2 * static_cast<double>(config.vocab_size * config.hidden_size * tokens);
}

}  // namespace

double rollout_flops(const model::ModelConfig& config, const BenchWork& work) {
  const double prompt = sequence_flops(config, 0, work.prompt_tokens) + logits_flops(config, 1);
  return static_cast<double>(work.prompts) * prompt + decode_flops(config, work);
}

double decode_flops(const model::ModelConfig& config, const BenchWork& work) {
  const std::int64_t steps = work.new_tokens - 1;
  const double row = sequence_flops(config, work.prompt_tokens, work.prompt_tokens + steps) +
                     logits_flops(config, steps);
  return static_cast<double>(work.rows()) * row;
}

double train_flops(const model::ModelConfig& config, const BenchWork& work) {
  const double logits = static_cast<double>(work.rows()) * logits_flops(config, work.new_tokens);
  constexpr double kForwardAndBackward = 3;
  return kForwardAndBackward * (layer_forward_flops(config, work) + logits);
}

double layer_forward_flops(const model::ModelConfig& config, const BenchWork& work) {
  const std::int64_t length = work.prompt_tokens + work.new_tokens;
  return static_cast<double>(work.prompts) * sequence_flops(config, 0, work.prompt_tokens) +
         static_cast<double>(work.rows()) * sequence_flops(config, work.prompt_tokens, length - 1);
}

double decode_weight_bytes(const model::ModelConfig& config) {
  const std::int64_t embedding =
      config.tie_word_embeddings ? 0 : config.vocab_size * config.hidden_size;
  return static_cast<double>(config.num_parameters() - embedding) * sizeof(float);
}

}  // namespace hone::rl
