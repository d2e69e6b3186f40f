#include <algorithm>

#include "model/checkpoint.h"
#include "rl/bench/bench.h"
#include "rl/bench/flops.h"
#include "rl/clock.h"
#include "rl/grpo_update.h"

namespace hone::rl {

GrpoTimes bench_grpo(const std::filesystem::path& model, const BenchWork& work) {
  Policy policy{model::load_decoder(model), nullptr};
  const model::ModelConfig& config = policy.decoder.config;
  check_work(work, config, "--prompt-tokens and --new-tokens");
  model::require_gradients(policy.decoder);
  GrpoConfig grpo;
  grpo.group_size = work.group;
  grpo.max_new_tokens = work.new_tokens;
  AdamW optimizer(policy.decoder.named_parameters(), grpo.optimizer);
  EntropyControl entropy;
  const auto requests = bench_requests(work, config.vocab_size);
  rollout::EngineConfig engine = bench_engine(work.new_tokens);
  engine.max_activation_bytes = grpo.reuse_activations_mb << 20;
  bool kept = false;
  std::vector<double> steps;
  std::vector<double> rollout_times;
  std::vector<double> train_times;
  for (std::int64_t step = 0; step <= work.steps; ++step) {
    engine.key.step = static_cast<std::uint64_t>(step);
    const Stopwatch clock;
    auto rollouts = rollout::generate(policy.decoder, requests, engine);
    const double rollout_s = clock.seconds();
    kept = std::all_of(rollouts.begin(), rollouts.end(),
                       [](const rollout::Rollout& r) { return r.activations != nullptr; });
    set_bench_advantages(rollouts);
    policy_step({policy, nullptr, rollouts, grpo}, optimizer, entropy, 1e-6);
    const double step_s = clock.seconds();
    if (step == 0) continue;
    steps.push_back(step_s);
    rollout_times.push_back(rollout_s);
    train_times.push_back(step_s - rollout_s);
  }
  GrpoTimes times;
  times.step_s = median(steps);
  times.rollout_s = median(rollout_times);
  times.train_s = median(train_times);
  const double rows = static_cast<double>(work.rows());
  times.rollout_tokens_per_s = rows * static_cast<double>(work.new_tokens) / times.rollout_s;
  times.train_tokens_per_s =
      rows * static_cast<double>(work.prompt_tokens + work.new_tokens) / times.train_s;
  times.flops = rollout_flops(config, work) + train_flops(config, work) -
                (kept ? layer_forward_flops(config, work) : 0);
  return times;
}

}  // namespace hone::rl
