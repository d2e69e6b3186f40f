#include "rl/grpo_update.h"

#include <ATen/TensorOperators.h>

#include <catch2/catch.hpp>

#include "rl/supervised.h"
#include "rollout/engine.h"
#include "tests/support/tiny_model.h"

namespace {

using namespace hone;

std::vector<rollout::Rollout> some_rollouts(const model::Decoder& decoder) {
  std::vector<rollout::Request> requests;
  for (std::uint64_t p = 0; p < 5; ++p) {
    requests.push_back(
        {tests::random_ids(3 + 2 * static_cast<std::int64_t>(p), 61, static_cast<unsigned>(p)), 4,
         p});
  }
  rollout::EngineConfig engine;
  engine.sampling.max_new_tokens = 20;
  engine.sampling.temperature = 0.8;
  engine.end_ids = {2, 7, 11};
  auto rollouts = rollout::generate(decoder, requests, engine);
  double sign = 1;
  for (auto& r : rollouts) r.advantage = (sign = -sign) * (1 + r.sample);
  return rollouts;
}

std::vector<at::Tensor> gradients(const rl::NamedTensors& parameters) {
  std::vector<at::Tensor> all;
  for (const auto& [name, weight] : parameters) all.push_back(weight.grad().clone());
  return all;
}

double distance(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double scale = std::max(1e-12, b[i].abs().max().item<double>());
    worst = std::max(worst, (a[i] - b[i]).abs().max().item<double>() / scale);
  }
  return worst;
}

}  // namespace

TEST_CASE("the gradient of a policy step does not depend on the micro-batches") {
  for (std::size_t p = 0; p < enum_names(rl::Preset{}).size(); ++p) {
    const auto preset = static_cast<rl::Preset>(p);
    std::vector<at::Tensor> whole;
    for (const std::int64_t tokens : {100000, 90, 40, 1}) {
      rl::Policy policy{tests::tiny_decoder("qwen3"), nullptr};
      const auto rollouts = some_rollouts(policy.decoder);
      model::require_gradients(policy.decoder);
      rl::GrpoConfig config;
      config.loss.preset = preset;
      config.loss.kl_coef = 0.05;
      config.loss.mask_truncated = true;
      config.temperature = 0.8;
      config.max_new_tokens = 20;
      config.micro_batch_tokens = tokens;
      config.optimizer.max_grad_norm = 0;
      const model::Decoder reference = tests::tiny_decoder("qwen3", 2);
      rl::AdamW optimizer(policy.decoder.named_parameters(), config.optimizer);
      rl::EntropyControl entropy;
      const auto metrics =
          rl::policy_step({policy, &reference, rollouts, config}, optimizer, entropy, 1e-3);
      for (const auto& [name, value] : metrics) {
        if (name == "sampling/sampling_logp_difference/max") CHECK(value == 0);
      }
      const auto now = gradients(optimizer.parameters());
      if (whole.empty()) whole = now;
      CHECK(distance(now, whole) <= 1e-6);
    }
  }
}

TEST_CASE("the gradient of a supervised step does not depend on the micro-batches") {
  std::vector<at::Tensor> whole;
  for (const std::int64_t tokens : {100000, 60, 1}) {
    rl::Policy policy{tests::tiny_decoder("llama"), nullptr};
    const auto examples = some_rollouts(policy.decoder);
    model::require_gradients(policy.decoder);
    rl::AdamW optimizer(policy.decoder.named_parameters(), {});
    rl::supervised_step(policy, optimizer, examples, tokens, 1e-3);
    const auto now = gradients(optimizer.parameters());
    if (whole.empty()) whole = now;
    CHECK(distance(now, whole) <= 1e-6);
  }
}
