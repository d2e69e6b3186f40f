#include "model/checkpoint.h"
#include "model/logprobs.h"
#include "rl/bench/bench.h"
#include "rl/bench/flops.h"
#include "rl/clock.h"
#include "rl/grpo_update.h"

namespace hone::rl {
namespace {

/// Rollouts as the engine would give them, with tokens spread over the vocabulary.
std::vector<rollout::Rollout> fixed_rollouts(const model::Decoder& decoder, const BenchWork& work) {
  const std::int64_t vocab_size = decoder.config.vocab_size;
  std::vector<rollout::Rollout> rollouts;
  for (const rollout::Request& request : bench_requests(work, vocab_size)) {
    for (std::int64_t s = 0; s < request.samples; ++s) {
      rollout::Rollout rollout;
      rollout.problem = request.number;
      rollout.sample = static_cast<std::int32_t>(s);
      rollout.finish = rollout::Finish::kLength;
      rollout.tokens = request.prompt;
      rollout.prompt_length = static_cast<std::int32_t>(request.prompt.size());
      for (std::int64_t t = 0; t < work.new_tokens; ++t) {
        const std::int64_t row = static_cast<std::int64_t>(rollouts.size());
        rollout.tokens.push_back(static_cast<std::int32_t>((row * 17 + t * 5 + 1) % vocab_size));
      }
      const std::vector<float> logprobs = model::sequence_logprobs(decoder, rollout.tokens);
      rollout.logprobs.assign(logprobs.end() - work.new_tokens, logprobs.end());
      rollouts.push_back(std::move(rollout));
    }
  }
  set_bench_advantages(rollouts);
  return rollouts;
}

}  // namespace

TrainTimes bench_train(const std::filesystem::path& model, const BenchWork& work) {
  Policy policy{model::load_decoder(model), nullptr};
  const model::ModelConfig& config = policy.decoder.config;
  check_work(work, config, "--tokens");
  auto rollouts = fixed_rollouts(policy.decoder, work);
  model::require_gradients(policy.decoder);
  GrpoConfig grpo;
  grpo.group_size = work.group;
  grpo.max_new_tokens = work.new_tokens;
  AdamW optimizer(policy.decoder.named_parameters(), grpo.optimizer);
  EntropyControl entropy;
  std::vector<double> steps;
  for (std::int64_t step = 0; step <= work.steps; ++step) {
    const Stopwatch clock;
    policy_step({policy, nullptr, rollouts, grpo}, optimizer, entropy, 1e-6);
    if (step > 0) steps.push_back(clock.seconds());
  }
  TrainTimes times;
  times.step_s = median(steps);
  times.train_tokens_per_s =
      static_cast<double>(work.rows() * (work.prompt_tokens + work.new_tokens)) / times.step_s;
  times.flops = train_flops(config, work);
  return times;
}

}  // namespace hone::rl
