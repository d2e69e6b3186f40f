#include "rl/grpo_update.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <catch2/catch.hpp>

#include "model/activations.h"
#include "model/adapters.h"
#include "model/decoder_reference.h"
#include "rl/experts.h"
#include "rl/supervised.h"
#include "rollout/engine.h"
#include "tests/support/tiny_model.h"

namespace {

using namespace hone;

std::vector<rollout::Rollout> some_rollouts(const model::Decoder& decoder,
                                            std::int64_t max_activation_bytes = 0,
                                            model::KvType kv_type = model::KvType::kFloat) {
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
  engine.kv_type = kv_type;
  engine.max_activation_bytes = max_activation_bytes;
  engine.max_rows = 9;
  auto rollouts = rollout::generate(decoder, requests, engine);
  double sign = 1;
  for (auto& r : rollouts) r.advantage = (sign = -sign) * (1 + r.sample);
  return rollouts;
}

std::vector<at::Tensor> gradients(const rl::NamedTensors& parameters) {
  std::vector<at::Tensor> all;
  for (const auto& [name, weight] : parameters) {
    all.push_back(weight.grad().defined() ? weight.grad().clone() : at::zeros_like(weight));
  }
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

TEST_CASE("a policy step on activations that sampling kept is the one that computes them") {
  const std::string family = GENERATE(from_range(
      std::vector<std::string>(std::begin(tests::kFamilies), std::end(tests::kFamilies))));
  const model::KvType kv_type = GENERATE(model::KvType::kFloat, model::KvType::kBf16);
  const bool adapters = GENERATE(false, true);
  INFO(family << ", " << (kv_type == model::KvType::kBf16 ? "bf16" : "fp32") << ", adapters "
              << adapters);
  constexpr std::int64_t kEnough = 1 << 30;
  const std::int64_t token = model::ActivationLayout(tests::tiny_config(family)).token_bytes();
  std::vector<at::Tensor> computed;
  rl::Metrics computed_metrics;
  for (const std::int64_t bytes : {std::int64_t{0}, kEnough, 200 * token}) {
    rl::Policy policy{tests::tiny_decoder(family), nullptr};
    if (adapters) model::add_adapters(policy.decoder, {}, "base", 3);
    auto rollouts = some_rollouts(policy.decoder, bytes, kv_type);
    const auto kept = std::count_if(rollouts.begin(), rollouts.end(),
                                    [](const auto& r) { return r.activations != nullptr; });
    const bool covered = model::ActivationLayout::covers(policy.decoder.config);
    if (bytes == 0 || !covered) CHECK(kept == 0);
    if (bytes == kEnough && covered) CHECK(kept == 20);
    if (bytes == 200 * token && covered) CHECK((kept > 0 && kept < 20));
    model::require_gradients(policy.decoder);
    rl::GrpoConfig config;
    config.temperature = 0.8;
    config.max_new_tokens = 20;
    config.micro_batch_tokens = 60;
    config.kv_cache = kv_type;
    config.optimizer.max_grad_norm = 0;
    rl::AdamW optimizer(policy.decoder.trainable_parameters(), config.optimizer);
    rl::EntropyControl entropy;
    const auto metrics =
        rl::policy_step({policy, nullptr, rollouts, config}, optimizer, entropy, 1e-3);
    for (const auto& r : rollouts) CHECK((!r.activations && !r.prompt_activations));
    const auto now = gradients(optimizer.parameters());
    if (bytes == 0) {
      computed = now;
      computed_metrics = metrics;
    }
    CHECK(metrics == computed_metrics);
    for (std::size_t i = 0; i < now.size(); ++i) CHECK(at::equal(now[i], computed[i]));
  }
}

TEST_CASE("kept activations are what a policy step is made of") {
  const auto step = [](bool changed) {
    rl::Policy policy{tests::tiny_decoder("qwen3"), nullptr};
    auto rollouts = some_rollouts(policy.decoder, 1 << 30);
    const model::ActivationLayout layout(policy.decoder.config);
    if (changed) *rollouts[0].prompt_activations->of(0, layout.gate, 1) += 0.5f;
    model::require_gradients(policy.decoder);
    rl::GrpoConfig config;
    config.temperature = 0.8;
    config.max_new_tokens = 20;
    rl::AdamW optimizer(policy.decoder.trainable_parameters(), config.optimizer);
    rl::EntropyControl entropy;
    rl::policy_step({policy, nullptr, rollouts, config}, optimizer, entropy, 1e-3);
    return gradients(optimizer.parameters());
  };
  const auto as_sampled = step(false);
  CHECK(distance(step(false), as_sampled) == 0);
  // Later layers take their own: only the gate's own layer sees it.
  CHECK(distance(step(true), as_sampled) > 1e-6);
}

TEST_CASE("the gradient of a policy step does not depend on the micro-batches") {
  for (std::size_t p = 0; p < enum_names(rl::Preset{}).size(); ++p) {
    const auto preset = static_cast<rl::Preset>(p);
    std::vector<at::Tensor> whole;
    for (const std::int64_t tokens : {100000, 90, 40, 1}) {
      rl::Policy policy{tests::tiny_decoder("qwen3"), nullptr};
      auto rollouts = some_rollouts(policy.decoder);
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

TEST_CASE("rollouts without an advantage need no backward pass") {
  const auto step = [](const std::string& family, rl::GrpoConfig config, bool whole_groups,
                       double kl_coef, std::vector<at::Tensor>& gradient) {
    rl::Policy policy{tests::tiny_decoder(family), nullptr};
    const model::Decoder reference = tests::tiny_decoder(family, 2);
    auto rollouts = some_rollouts(policy.decoder);
    for (auto& r : rollouts) {
      if (r.problem % 2 == 0 || (!whole_groups && r.sample == 1)) r.advantage = 0;
    }
    model::require_gradients(policy.decoder);
    config.loss.kl_coef = kl_coef;
    config.temperature = 0.8;
    config.max_new_tokens = 20;
    config.micro_batch_tokens = 60;
    config.optimizer.max_grad_norm = 0;
    rl::AdamW optimizer(policy.decoder.named_parameters(), config.optimizer);
    rl::EntropyControl entropy;
    auto metrics =
        rl::policy_step({policy, &reference, rollouts, config}, optimizer, entropy, 1e-3);
    gradient = gradients(optimizer.parameters());
    std::erase_if(metrics, [](const auto& metric) { return metric.first == "kl"; });
    return metrics;
  };
  // A KL gives every token a gradient, so that nothing is left out: one as small as to be nothing.
  const auto compare = [&](const std::string& family, const rl::GrpoConfig& config,
                           bool whole_groups = false) {
    std::vector<at::Tensor> some, all;
    const auto metrics = step(family, config, whole_groups, 0, some);
    const auto all_metrics = step(family, config, whole_groups, 1e-30, all);
    CHECK(distance(some, all) <= 1e-6);
    REQUIRE(metrics.size() == all_metrics.size());
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      INFO(metrics[i].first);
      CHECK(metrics[i].first == all_metrics[i].first);
      CHECK(metrics[i].second == Approx(all_metrics[i].second).epsilon(1e-6).margin(1e-9));
    }
  };
  for (std::size_t p = 0; p < enum_names(rl::Preset{}).size(); ++p) {
    INFO(enum_names(rl::Preset{})[p]);
    rl::GrpoConfig config;
    config.loss.preset = static_cast<rl::Preset>(p);
    compare("qwen3", config);
    config.loss.mask_truncated = true;
    config.loss.top_entropy_quantile = 0.7;
    compare("qwen3", config);
    config.loss.entropy_coef = 0.1;  // now every token has a gradient
    compare("qwen3", config);
  }
  for (const std::string family : {"qwen3_moe", "deepseek_v3"}) {
    // All tokens count in the experts' load: each once, if no group has to be divided.
    rl::GrpoConfig config;
    compare(family, config, true);
    config.gradient_checkpointing = true;
    compare(family, config, true);
  }
}

TEST_CASE("a step in which nothing teaches has no gradient") {
  rl::Policy policy{tests::tiny_decoder("llama"), nullptr};
  auto rollouts = some_rollouts(policy.decoder, 1 << 30);
  for (auto& r : rollouts) r.advantage = 0;
  model::require_gradients(policy.decoder);
  rl::GrpoConfig config;
  config.temperature = 0.8;
  config.max_new_tokens = 20;
  config.optimizer.weight_decay = 0;
  rl::AdamW optimizer(policy.decoder.named_parameters(), config.optimizer);
  rl::EntropyControl entropy;
  const at::Tensor before = policy.decoder.norm.detach().clone();
  const auto metrics =
      rl::policy_step({policy, nullptr, rollouts, config}, optimizer, entropy, 1e-3);
  for (const auto& [name, parameter] : optimizer.parameters()) CHECK(!parameter.grad().defined());
  for (const auto& r : rollouts) CHECK((!r.activations && !r.prompt_activations));
  CHECK(at::equal(policy.decoder.norm, before));
  for (const auto& [name, value] : metrics) {
    if (name == "grad_norm" || name == "sampling/sampling_logp_difference/max") CHECK(value == 0);
    if (name == "entropy") CHECK(value > 0);
  }
}

TEST_CASE("the gradient of a supervised step does not depend on the micro-batches") {
  const std::int64_t beginning = GENERATE(0, 40);  // tokens that all prompts begin with
  std::vector<at::Tensor> whole;
  for (const std::int64_t tokens : {100000, 60, 1}) {
    rl::Policy policy{tests::tiny_decoder("llama"), nullptr};
    auto examples = some_rollouts(policy.decoder);
    const auto common = tests::random_ids(beginning, 61, 5);
    for (auto& example : examples) {
      example.tokens.insert(example.tokens.begin(), common.begin(), common.end());
      example.prompt_length += static_cast<std::int32_t>(beginning);
    }
    model::require_gradients(policy.decoder);
    rl::AdamW optimizer(policy.decoder.named_parameters(), {});
    rl::supervised_step(policy, optimizer, examples, tokens, 1e-3);
    const auto now = gradients(optimizer.parameters());
    if (whole.empty()) whole = now;
    CHECK(distance(now, whole) <= 1e-6);
  }
}

TEST_CASE("a supervised step with multi-token prediction adds its loss, token by token") {
  model::ModelConfig config = tests::tiny_config("deepseek_v3");
  config.num_nextn_predict_layers = 1;
  const model::Decoder start = model::random_decoder(config, 5);
  const auto examples = some_rollouts(start);
  double targets = 0;
  for (const auto& example : examples) targets += example.completion_length();

  // Sequence by sequence, on plain operations.
  model::Decoder plain = model::frozen_copy(start);
  model::require_gradients(plain);
  at::Tensor loss = at::zeros({});
  for (const auto& r : examples) {
    const auto n = static_cast<std::int64_t>(r.tokens.size());
    const model::PackedBatch batch = tests::single({r.tokens.begin(), r.tokens.end() - 1});
    const at::Tensor hidden = model::reference_hidden_states(plain, batch);
    const at::Tensor further = model::reference_prediction_states(
        plain, hidden, {r.tokens.begin() + 1, r.tokens.end()}, batch);
    const at::Tensor ids = at::tensor(r.tokens, at::kLong);
    const auto logp_sum = [&](const at::Tensor& states, std::int64_t ahead) {
      const std::int64_t first = std::max<std::int64_t>(r.prompt_length, ahead);
      const at::Tensor logp = states.matmul(plain.lm_head.t()).log_softmax(1);
      return logp.slice(0, first - ahead, n - ahead)
          .gather(1, ids.slice(0, first, n).unsqueeze(1))
          .sum();
    };
    loss = loss - (logp_sum(hidden, 1) + 0.3 * logp_sum(further, 2)) / targets;
  }
  loss.backward();

  std::vector<at::Tensor> expected = gradients(plain.trainable_parameters());
  for (const std::int64_t tokens : {100000, 60, 1}) {
    rl::Policy policy{model::frozen_copy(start), nullptr};
    model::require_gradients(policy.decoder);
    rl::AdamW optimizer(policy.decoder.trainable_parameters(), {});
    const auto metrics = rl::supervised_step(policy, optimizer, examples, tokens, 1e-3, {}, 0.3);
    CHECK(distance(gradients(optimizer.parameters()), expected) <= 1e-4);
    const auto value = [&, &metrics = metrics](const std::string& name) {
      const auto found = std::find_if(metrics.begin(), metrics.end(),
                                      [&](const auto& metric) { return metric.first == name; });
      REQUIRE(found != metrics.end());
      return found->second;
    };
    CHECK(value("loss") + 0.3 * value("mtp_loss") == Approx(loss.item<double>()).epsilon(1e-5));
    CHECK(value("experts/load_max") >= 1);
    CHECK(value("experts/load_min") <= 1);
  }
}

TEST_CASE("a router's bias follows the load of its experts") {
  const model::Decoder decoder = tests::tiny_decoder("deepseek_v3");
  const at::Tensor bias = decoder.layers[1].router_bias;
  const at::Tensor before = bias.clone();
  const at::Tensor other = decoder.layers[2].router_bias.clone();
  model::ExpertLoad load;
  load.add(1, {4, 0, 2, 2, 3, 1});
  rl::balance_experts(decoder, load, 0.01);
  const std::vector<float> change = {-0.01f, 0.01f, 0, 0, -0.01f, 0.01f};
  CHECK((bias - before - at::tensor(change)).abs().max().item<float>() < 1e-6f);
  CHECK(at::equal(decoder.layers[2].router_bias, other));
  rl::Metrics metrics;
  rl::add_expert_metrics(load, metrics);
  REQUIRE(metrics.size() == 3);
  CHECK(metrics[0] == std::pair<std::string, double>("experts/max_violation", 1));
  CHECK(metrics[1].second == 2);
  CHECK(metrics[2].second == 0);
}

TEST_CASE("load that is uneven becomes even by the bias alone") {
  model::Decoder decoder = tests::tiny_decoder("deepseek_v3");
  const model::PackedBatch batch = tests::single(tests::random_ids(100, 61, 4));
  const auto violation = [&] {
    model::ExpertLoad load;
    model::require_gradients(decoder);
    decoder.hidden_states(batch, {.expert_load = &load});
    rl::balance_experts(decoder, load, 0.01);
    rl::Metrics metrics;
    rl::add_expert_metrics(load, metrics);
    return metrics[0].second;
  };
  const double first = violation();
  double last = first;
  for (int step = 0; step < 100; ++step) last = violation();
  CHECK(last < 0.5 * first);
}
