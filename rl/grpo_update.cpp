#include "rl/grpo_update.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include <cmath>

#include "model/logprobs.h"
#include "rl/aggregate.h"
#include "rl/surrogate.h"
#include "rollout/pack.h"

namespace hone::rl {
namespace {

/// The weight of every token of each rollout, from the denominators of the whole step.
std::vector<double> weights_of(const std::vector<rollout::Rollout>& rollouts,
                               const LossPieces& pieces, std::int64_t max_new_tokens) {
  std::vector<int> lengths;
  std::vector<bool> masked;
  for (const rollout::Rollout& r : rollouts) {
    lengths.push_back(r.completion_length());
    masked.push_back(pieces.mask_truncated && r.finish == rollout::Finish::kLength);
  }
  return token_weights(lengths, masked, pieces.aggregate, max_new_tokens);
}

/// What the loss needs of each token of a micro-batch, [n].
struct TokenInputs {
  at::Tensor old_logp, advantage, weight;
};

TokenInputs inputs_of(const rollout::MicroBatch& micro,
                      const std::vector<rollout::Rollout>& rollouts,
                      const std::vector<double>& weights) {
  std::vector<float> old_logp;
  std::vector<float> advantage;
  std::vector<float> weight;
  for (std::size_t i = micro.first; i < micro.first + micro.count; ++i) {
    const rollout::Rollout& r = rollouts[i];
    old_logp.insert(old_logp.end(), r.logprobs.begin(), r.logprobs.end());
    advantage.insert(advantage.end(), r.logprobs.size(), static_cast<float>(r.advantage));
    weight.insert(weight.end(), r.logprobs.size(), static_cast<float>(weights[i]));
  }
  return {at::tensor(old_logp), at::tensor(advantage), at::tensor(weight)};
}

}  // namespace

Metrics policy_step(const Policy& policy, const model::Decoder* reference, AdamW& optimizer,
                    const std::vector<rollout::Rollout>& rollouts, const GrpoConfig& config,
                    double learning_rate) {
  const LossPieces pieces = resolve(config.loss);
  const std::vector<double> weights = weights_of(rollouts, pieces, config.max_new_tokens);
  LossSums sums;
  double entropy = 0;
  double tokens = 0;
  double difference_sum = 0;
  double difference_max = 0;
  const model::ForwardOptions options{.kv_type = config.kv_cache,
                                      .gradient_checkpointing = config.gradient_checkpointing};
  reset_gradients(optimizer.parameters());
  for (const rollout::MicroBatch& micro : rollout::pack(rollouts, config.micro_batch_tokens)) {
    const TokenInputs in = inputs_of(micro, rollouts, weights);
    at::Tensor ref_logp;
    if (reference != nullptr) {
      const c10::InferenceMode no_gradients;
      ref_logp = model::token_logprobs(*reference, micro.batch, micro.sources, micro.targets,
                                       config.temperature, options)
                     .logp;
    }
    const model::TokenLogprobs now = model::token_logprobs(
        policy.decoder, micro.batch, micro.sources, micro.targets, config.temperature, options);
    const PolicyLoss part =
        policy_loss(pieces, now.logp, in.old_logp, ref_logp.defined() ? ref_logp.clone() : ref_logp,
                    in.advantage, in.weight);
    part.loss.backward();
    sums += part.sums;
    entropy += now.entropy.sum().item<double>();
    tokens += static_cast<double>(micro.targets.size());
    const at::Tensor difference = (now.logp.detach() - in.old_logp).abs();
    difference_sum += difference.sum().item<double>();
    difference_max = std::max(difference_max, difference.max().item<double>());
  }
  const GradientNorm norm = gradient_norm(optimizer.parameters());
  check_finite(sums.loss, norm, optimizer.parameters());
  optimizer.step(learning_rate, clip_factor(norm.norm, config.optimizer.max_grad_norm));
  Metrics metrics = loss_metrics(pieces, sums);
  metrics.emplace_back("entropy", entropy / tokens);
  metrics.emplace_back("grad_norm", norm.norm);
  metrics.emplace_back("learning_rate", learning_rate);
  metrics.emplace_back("sampling/sampling_logp_difference/mean", difference_sum / tokens);
  metrics.emplace_back("sampling/sampling_logp_difference/max", difference_max);
  return metrics;
}

}  // namespace hone::rl
