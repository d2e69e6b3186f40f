#include "rl/bench.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "model/checkpoint.h"
#include "rl/advantage.h"
#include "rl/clock.h"
#include "rl/grpo_update.h"
#include "rl/policy.h"
#include "rollout/engine.h"

namespace hone::rl {
namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// GFLOP/s of a large square product, the best of several.
double gemm_peak() {
  constexpr std::int64_t n = 1536;
  const c10::InferenceMode no_gradients;
  const at::Tensor a = at::ones({n, n});
  const at::Tensor b = at::ones({n, n});
  double best = 0;
  for (int i = 0; i < 8; ++i) {
    const Stopwatch clock;
    at::mm(a, b);
    best = std::max(best, 2.0 * n * n * n / clock.seconds() * 1e-9);
  }
  return best;
}

/// Fixed prompts, all alike in length, ids spread over the vocabulary.
std::vector<rollout::Request> requests_of(const BenchConfig& config, std::int64_t vocab_size) {
  std::vector<rollout::Request> requests;
  for (std::int64_t p = 0; p < config.prompts; ++p) {
    rollout::Request request{{}, config.group, static_cast<std::uint64_t>(p)};
    for (std::int64_t t = 0; t < config.prompt_tokens; ++t) {
      request.prompt.push_back(static_cast<std::int32_t>((p * 31 + t * 7 + 3) % vocab_size));
    }
    requests.push_back(std::move(request));
  }
  return requests;
}

/// A reward that differs within groups, so that every token has a gradient.
void set_advantages(std::vector<rollout::Rollout>& rollouts, std::int64_t group) {
  std::vector<double> rewards;
  for (const rollout::Rollout& r : rollouts) rewards.push_back(r.tokens.back() % 7 + r.sample % 2);
  const std::vector<double> values =
      advantages(rewards, static_cast<int>(group), AdvantageScale::kGroup);
  for (std::size_t i = 0; i < rollouts.size(); ++i) rollouts[i].advantage = values[i];
}

}  // namespace

BenchResult bench_grpo(const std::filesystem::path& model, const BenchConfig& config) {
  Policy policy{model::load_decoder(model), nullptr};
  model::require_gradients(policy.decoder);
  GrpoConfig grpo;
  grpo.group_size = std::max<std::int64_t>(config.group, 2);
  grpo.max_new_tokens = config.new_tokens;
  AdamW optimizer(policy.decoder.named_parameters(), grpo.optimizer);
  rollout::EngineConfig engine;
  engine.sampling.max_new_tokens = config.new_tokens;
  engine.sampling.ignore_eos = true;
  const auto requests = requests_of(config, policy.decoder.config.vocab_size);
  std::vector<double> steps;
  std::vector<double> rollout_times;
  std::vector<double> train_times;
  for (std::int64_t step = 0; step <= config.steps; ++step) {
    const Stopwatch whole;
    engine.key.step = static_cast<std::uint64_t>(step);
    auto rollouts = rollout::generate(policy.decoder, requests, engine);
    const double rollout_s = whole.seconds();
    set_advantages(rollouts, config.group);
    policy_step(policy, nullptr, optimizer, rollouts, grpo, 1e-6);
    if (step == 0) continue;  // the first one warms up
    steps.push_back(whole.seconds());
    rollout_times.push_back(rollout_s);
    train_times.push_back(whole.seconds() - rollout_s);
  }
  BenchResult result;
  result.step_s = median(steps);
  result.rollout_s = median(rollout_times);
  result.train_s = median(train_times);
  const double completions = static_cast<double>(config.prompts * config.group);
  const double decoded = completions * static_cast<double>(config.new_tokens);
  const double trained =
      completions * static_cast<double>(config.prompt_tokens + config.new_tokens);
  result.rollout_tokens_per_s = decoded / result.rollout_s;
  result.train_tokens_per_s = trained / result.train_s;
  result.gemm_gflops_peak = gemm_peak();
  const double parameters = static_cast<double>(policy.decoder.config.num_parameters());
  result.utilization =
      (6 * trained + 2 * decoded) * parameters / result.step_s / (result.gemm_gflops_peak * 1e9);
  return result;
}

}  // namespace hone::rl
