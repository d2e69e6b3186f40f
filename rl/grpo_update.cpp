#include "rl/grpo_update.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

#include "model/adapters.h"
#include "model/logprobs.h"
#include "model/side_by_side.h"
#include "rl/aggregate.h"
#include "rl/experts.h"
#include "rl/policy_loss.h"
#include "rl/presets.h"
#include "rollout/pack.h"

namespace hone::rl {
namespace {

using Rollouts = std::vector<rollout::Rollout>;

model::TokenLogprobs forward(const model::Decoder& decoder, const rollout::MicroBatch& micro,
                             const GrpoConfig& config, const model::ForwardOptions& more = {},
                             const model::TokenLogprobs& known = {}) {
  model::ForwardOptions options = more;
  options.kv_type = config.kv_cache;
  options.gradient_checkpointing = config.gradient_checkpointing;
  return model::token_logprobs(decoder, micro.batch, micro.sources, micro.targets,
                               config.temperature, options, known);
}

/// What sampling computed of the tokens of a micro-batch.
model::TokenLogprobs known_logprobs(const Rollouts& rollouts, const rollout::MicroBatch& micro) {
  std::vector<float> logp, entropy, top_logp, logsumexp;
  for (const std::size_t index : micro.rollouts) {
    const rollout::Rollout& r = rollouts[index];
    logp.insert(logp.end(), r.logprobs.begin(), r.logprobs.end());
    for (const model::kernels::SoftmaxSummary& softmax : r.activations->softmaxes) {
      entropy.push_back(softmax.entropy);
      top_logp.push_back(softmax.top_logp);
      logsumexp.push_back(softmax.logsumexp);
    }
  }
  return {at::tensor(logp), at::tensor(entropy), at::tensor(top_logp), at::tensor(logsumexp)};
}

/// The pass that is trained on. Activations that the sampler kept are those of these weights until
/// the optimizer's step.
model::TokenLogprobs forward_once(const PolicyUpdate& update, const rollout::MicroBatch& micro,
                                  model::ExpertLoad* load) {
  model::ForwardOptions options{.expert_load = load};
  model::TokenLogprobs known;
  if (!micro.kept.empty()) {
    options.kept = &micro.kept;
    known = known_logprobs(update.rollouts, micro);
  }
  return forward(update.policy.decoder, micro, update.config, options, known);
}

/// What was kept for a pass that is through: its memory is needed.
void let_go_of_activations(const rollout::MicroBatch& micro, Rollouts& rollouts) {
  for (const std::size_t index : micro.rollouts) {
    rollouts[index].prompt_activations.reset();
    rollouts[index].activations.reset();
  }
}

/// The weight of every token of each rollout, from the denominators of the whole step.
std::vector<double> weights_of(const Rollouts& rollouts, const LossPieces& pieces,
                               std::int64_t max_new_tokens) {
  std::vector<int> lengths;
  std::vector<bool> masked;
  for (const rollout::Rollout& r : rollouts) {
    lengths.push_back(r.completion_length());
    masked.push_back(pieces.mask_truncated && r.finish == rollout::Finish::kLength);
  }
  return token_weights(lengths, masked, pieces.aggregate, max_new_tokens);
}

/// The entropies of all tokens of the step that take part.
std::vector<double> entropies_of(const PolicyUpdate& update, const LossPieces& pieces,
                                 const std::vector<double>& weights) {
  // Their number is all that a bonus over all tokens needs.
  const bool needed = pieces.top_entropy_quantile < 1;
  std::vector<TokenValues> values;
  if (needed) values = token_values(update.policy.decoder, update.rollouts, update.config);
  std::vector<double> entropies;
  for (std::size_t i = 0; i < update.rollouts.size(); ++i) {
    if (weights[i] == 0) continue;
    for (std::size_t t = 0; t < update.rollouts[i].logprobs.size(); ++t) {
      const double entropy = needed ? values[i].entropy[t] : 0;
      if (!std::isfinite(entropy)) throw GuardError("the policy's entropy is not finite");
      entropies.push_back(entropy);
    }
  }
  return entropies;
}

/// Indices of the rollouts that a gradient can come from, and of the others, whose forward pass is
/// all there is to do: groups with equal rewards, in a loss that has nothing but advantages, and
/// what the loss leaves out.
struct Taught {
  std::vector<std::size_t> some, none;
  Taught(const Rollouts& rollouts, const std::vector<double>& weights, bool by_advantage_alone) {
    for (std::size_t i = 0; i < rollouts.size(); ++i) {
      const bool teaches = weights[i] != 0 && (rollouts[i].advantage != 0 || !by_advantage_alone);
      (teaches ? some : none).push_back(i);
    }
  }
};

/// What a micro-batch came to, or all of them.
struct Pass {
  LossSums sums;
  model::ExpertLoad load;
  double difference_sum = 0;  // between sampled and trained log-probabilities
  double difference_max = 0;
  std::size_t tokens = 0;
  std::vector<at::Tensor> gradients;  // of a micro-batch, where they are not added up already

  Pass& operator+=(const Pass& other) {
    sums += other.sums;
    load += other.load;
    difference_sum += other.difference_sum;
    difference_max = std::max(difference_max, other.difference_max);
    tokens += other.tokens;
    return *this;
  }
};

/// What the loss needs of a micro-batch.
LossInputs inputs_of(const PolicyUpdate& update, const rollout::MicroBatch& micro,
                     const std::vector<double>& weights) {
  LossInputs in;
  std::vector<float> sampled, advantage, weight, old;
  for (const std::size_t index : micro.rollouts) {
    const rollout::Rollout& r = update.rollouts[index];
    in.lengths.push_back(static_cast<std::int64_t>(r.logprobs.size()));
    sampled.insert(sampled.end(), r.logprobs.begin(), r.logprobs.end());
    advantage.insert(advantage.end(), r.logprobs.size(), static_cast<float>(r.advantage));
    weight.insert(weight.end(), r.logprobs.size(), static_cast<float>(weights[index]));
    if (update.old.empty()) continue;
    old.insert(old.end(), update.old[index].logp.begin(), update.old[index].logp.end());
  }
  in.sampling_logp = at::tensor(sampled);
  in.old_logp = update.old.empty() ? in.sampling_logp : at::tensor(old);
  in.advantage = at::tensor(advantage);
  in.weight = at::tensor(weight);
  return in;
}

}  // namespace

std::vector<TokenValues> token_values(const model::Decoder& decoder, const Rollouts& rollouts,
                                      const GrpoConfig& config) {
  const c10::InferenceMode no_gradients;
  std::vector<TokenValues> values(rollouts.size());
  for (const rollout::MicroBatch& micro : rollout::pack(rollouts, config.micro_batch_tokens)) {
    const model::TokenLogprobs now = forward(decoder, micro, config);
    const float* logp = now.logp.const_data_ptr<float>();
    const float* entropy = now.entropy.const_data_ptr<float>();
    for (const std::size_t index : micro.rollouts) {
      const std::int32_t tokens = rollouts[index].completion_length();
      values[index].logp.assign(logp, logp + tokens);
      values[index].entropy.assign(entropy, entropy + tokens);
      logp += tokens;
      entropy += tokens;
    }
  }
  return values;
}

Metrics policy_step(const PolicyUpdate& update, AdamW& optimizer, EntropyControl& entropy,
                    double learning_rate) {
  const GrpoConfig& config = update.config;
  const LossPieces pieces = resolve(config.loss);
  const std::vector<double> weights = weights_of(update.rollouts, pieces, config.max_new_tokens);
  EntropyShare share;
  if (pieces.needs_entropy()) {
    share = entropy_share(pieces, entropies_of(update, pieces, weights), entropy.applied(pieces));
  }
  const bool apart = model::fits_a_core(update.policy.decoder);
  // What went through the model, and with `backward` its gradients.
  const auto run = [&](const rollout::MicroBatch& micro, bool backward) {
    Pass pass;
    LossInputs in = inputs_of(update, micro, weights);
    pass.tokens = micro.targets.size();
    if (pieces.kl_in_loss()) {
      const c10::InferenceMode no_gradients;
      in.ref_logp = forward(*update.reference, micro, config).logp;
    }
    // Tensors of that mode may not be kept for a backward pass.
    if (in.ref_logp.defined()) in.ref_logp = in.ref_logp.clone();
    const model::TokenLogprobs now = forward_once(update, micro, &pass.load);
    in.logp = now.logp;
    in.entropy = now.entropy;
    const PolicyLoss part = policy_loss(pieces, in, share);
    pass.sums = part.sums;
    const at::Tensor difference = (now.logp.detach() - in.sampling_logp).abs();
    pass.difference_sum = difference.sum().item<double>();
    pass.difference_max = difference.max().item<double>();
    if (backward && apart) pass.gradients = gradients_of(part.loss, optimizer.parameters());
    if (backward && !apart) part.loss.backward();
    let_go_of_activations(micro, update.rollouts);
    return pass;
  };
  Pass all;
  const auto run_all = [&](const std::vector<std::size_t>& which, bool backward) {
    const std::vector<rollout::MicroBatch> micros =
        pack(update.rollouts, which, config.micro_batch_tokens);
    model::side_by_side(
        static_cast<std::int64_t>(micros.size()), apart ? at::get_num_threads() : 1,
        [&](std::int64_t i) {
          const c10::InferenceMode no_gradients(!backward);
          return run(micros[static_cast<std::size_t>(i)], backward);
        },
        [&](std::int64_t, const Pass& pass) {
          all += pass;
          add_gradients(optimizer.parameters(), pass.gradients);
        });
  };
  reset_gradients(optimizer.parameters());
  const Taught taught(update.rollouts, weights, !pieces.kl_in_loss() && share.bonus == 0);
  run_all(taught.none, false);
  run_all(taught.some, true);
  const GradientNorm norm = gradient_norm(optimizer.parameters());
  check_finite(all.sums.loss, norm, optimizer.parameters());
  optimizer.step(learning_rate, clip_factor(norm.norm, config.optimizer.max_grad_norm));
  model::merge_adapters(update.policy.decoder);
  balance_experts(update.policy.decoder, all.load, config.optimizer.bias_update_speed);
  entropy.update(pieces, all.sums.acting_entropy / std::max(all.sums.acting_tokens, 1.0));
  Metrics metrics = loss_metrics(pieces, all.sums);
  metrics.emplace_back("entropy", all.sums.entropy / std::max(all.sums.tokens, 1.0));
  if (pieces.has_entropy_bonus()) metrics.emplace_back("entropy_coef", entropy.coefficient);
  metrics.emplace_back("grad_norm", norm.norm);
  metrics.emplace_back("learning_rate", learning_rate);
  metrics.emplace_back("sampling/sampling_logp_difference/mean",
                       all.difference_sum / static_cast<double>(all.tokens));
  metrics.emplace_back("sampling/sampling_logp_difference/max", all.difference_max);
  add_expert_metrics(all.load, metrics);
  return metrics;
}

}  // namespace hone::rl
