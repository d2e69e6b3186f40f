#include "rl/supervised.h"

#include <ATen/TensorOperators.h>

#include <cmath>

#include "model/adapters.h"
#include "model/logprobs.h"
#include "rl/experts.h"
#include "rl/prediction_loss.h"
#include "rollout/pack.h"

namespace hone::rl {

rollout::Rollout example_of(const Policy& policy, const TextPair& pair) {
  rollout::Rollout example;
  example.prompt = pair.prompt;
  example.completion = pair.completion;
  example.chat = pair.chat;
  example.tokens = policy.tokenizer->encode_prompt(pair.prompt, pair.chat);
  example.prompt_length = static_cast<std::int32_t>(example.tokens.size());
  const std::vector<std::int32_t> rest = policy.tokenizer->encode(pair.completion, false);
  example.tokens.insert(example.tokens.end(), rest.begin(), rest.end());
  example.tokens.push_back(policy.end_id());
  return example;
}

Metrics supervised_step(const Policy& policy, AdamW& optimizer,
                        const std::vector<rollout::Rollout>& examples,
                        std::int64_t micro_batch_tokens, double learning_rate,
                        model::ForwardOptions options, double mtp_loss_weight) {
  const model::Decoder& decoder = policy.decoder;
  const bool predicts = decoder.prediction && mtp_loss_weight > 0;
  model::ExpertLoad load;
  options.expert_load = &load;
  double targets = 0;
  for (const rollout::Rollout& example : examples) targets += example.completion_length();
  double loss_sum = 0;
  double mtp_sum = 0;
  double entropy_sum = 0;
  double hits = 0;
  reset_gradients(optimizer.parameters());
  // A shared beginning has several tokens that follow it, and the prediction layer looks at one.
  const auto sharing = predicts ? rollout::Sharing::kNothing : rollout::Sharing::kBeginnings;
  for (const rollout::MicroBatch& micro : rollout::pack(examples, micro_batch_tokens, sharing)) {
    const at::Tensor hidden = decoder.hidden_states(micro.batch, options);
    const model::TokenLogprobs tokens =
        model::state_logprobs(decoder, hidden, micro.sources, micro.targets, 1.0);
    at::Tensor loss = -tokens.logp.sum() / targets;
    loss_sum += loss.item<double>();
    if (predicts) {
      const at::Tensor mtp = -prediction_logp_sum(decoder, micro, hidden, options) / targets;
      mtp_sum += mtp.item<double>();
      loss = loss + mtp_loss_weight * mtp;
    }
    loss.backward();
    entropy_sum += tokens.entropy.sum().item<double>();
    hits += (tokens.logp >= tokens.top_logp).sum().item<double>();
  }
  const GradientNorm norm = gradient_norm(optimizer.parameters());
  check_finite(loss_sum + mtp_sum, norm, optimizer.parameters());
  optimizer.step(learning_rate, clip_factor(norm.norm, optimizer.config().max_grad_norm));
  model::merge_adapters(decoder);
  balance_experts(decoder, load, optimizer.config().bias_update_speed);
  Metrics metrics = {{"loss", loss_sum},
                     {"mean_token_accuracy", hits / targets},
                     {"entropy", entropy_sum / targets}};
  if (predicts) metrics.emplace_back("mtp_loss", mtp_sum);
  metrics.emplace_back("grad_norm", norm.norm);
  metrics.emplace_back("learning_rate", learning_rate);
  add_expert_metrics(load, metrics);
  return metrics;
}

Metrics supervised_metrics(Metrics trained, std::int64_t tokens_seen, std::int64_t step_tokens,
                           double seconds) {
  trained.emplace_back("num_tokens", static_cast<double>(tokens_seen));
  trained.emplace_back("time/step", seconds);
  trained.emplace_back("perf/train_tokens_per_s", static_cast<double>(step_tokens) / seconds);
  return trained;
}

}  // namespace hone::rl
