#include <ATen/TensorOperators.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "model/decoder_reference.h"
#include "model/safetensors.h"
#include "rl/grpo_update.h"
#include "rl/sft.h"
#include "rollout/engine.h"
#include "rollout/pack.h"
#include "tests/support/plain_adamw.h"
#include "tests/support/text_of.h"
#include "tests/support/tiny_model.h"
#include "tests/support/tiny_stages.h"

// What saves memory in training, all of it together.
namespace {

using namespace hone;

constexpr double kTemperature = 0.8;
constexpr double kKlCoef = 0.05;
constexpr double kRate = 3e-3;

/// Some of its matrices are large enough for 8-bit moments, some are not.
model::Decoder small_decoder(const std::string& family, std::uint64_t seed) {
  model::ModelConfig config = tests::tiny_config(family);
  config.vocab_size = 120;
  config.hidden_size = 72;
  config.intermediate_size = 100;
  config.initializer_range = 0.15;
  return model::random_decoder(config, seed);
}

std::vector<rollout::Rollout> groups(const model::Decoder& decoder) {
  std::vector<rollout::Request> requests;
  for (std::uint64_t p = 0; p < 4; ++p) {
    const auto length = 5 + 3 * static_cast<std::int64_t>(p);
    requests.push_back({tests::random_ids(length, 120, static_cast<unsigned>(p)), 4, p});
  }
  rollout::EngineConfig engine;
  engine.sampling.max_new_tokens = 24;
  engine.sampling.temperature = kTemperature;
  engine.end_ids = {2, 7, 11};
  auto rollouts = rollout::generate(decoder, requests, engine);
  for (auto& r : rollouts) r.advantage = 0.5 * r.sample - 0.75;
  return rollouts;
}

/// The same weights in double. They share nothing.
model::Decoder in_double(const model::Decoder& decoder) {
  model::Decoder copy = model::frozen_copy(decoder);
  for (auto& [name, weight] : copy.named_parameters()) weight.set_data(weight.to(at::kDouble));
  return copy;
}

/// Log-probabilities of a completion, its sequence on its own.
at::Tensor plain_logp(const model::Decoder& decoder, const rollout::Rollout& r) {
  const auto n = static_cast<std::int64_t>(r.tokens.size());
  const at::Tensor hidden = model::reference_hidden_states(decoder, tests::single(r.tokens));
  at::Tensor logits = hidden.matmul(decoder.lm_head.t());
  const double cap = decoder.config.final_logit_softcapping;
  if (cap > 0) logits = (logits / cap).tanh() * cap;
  const at::Tensor logp = (logits / kTemperature).log_softmax(1);
  const at::Tensor next = at::tensor(r.tokens, at::kLong).slice(0, r.prompt_length, n);
  return logp.slice(0, r.prompt_length - 1, n - 1).gather(1, next.unsqueeze(1)).squeeze(1);
}

/// DAPO's loss with the k3 KL (DeepSeekMath, eq. 4), from the formulas.
at::Tensor plain_loss(const model::Decoder& decoder, const model::Decoder& reference,
                      const std::vector<rollout::Rollout>& rollouts) {
  at::Tensor sum = at::zeros({}, at::kDouble);
  double tokens = 0;
  for (const rollout::Rollout& r : rollouts) {
    const at::Tensor logp = plain_logp(decoder, r);
    const at::Tensor old_logp = at::tensor(r.logprobs, at::kDouble);
    const at::Tensor log_ratio = plain_logp(reference, r).detach() - logp;
    const at::Tensor ratio = (logp - old_logp).exp();
    const at::Tensor gain = at::minimum(ratio * r.advantage, ratio.clamp(0.8, 1.28) * r.advantage);
    sum = sum + (kKlCoef * (log_ratio.exp() - log_ratio - 1) - gain).sum();
    tokens += r.completion_length();
  }
  return sum / tokens;
}

std::vector<double> numbers(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().to(at::kDouble).contiguous();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

/// One step of the plain optimizer on all weights, with the gradients clipped to a norm of 1.
void plain_step(const model::Decoder& decoder, std::vector<tests::PlainAdamW>& optimizers) {
  double squares = 0;
  const auto weights = decoder.trainable_parameters();
  for (const auto& [name, weight] : weights) {
    squares += weight.grad().square().sum().item<double>();
  }
  const double factor = std::min(1.0, 1.0 / std::sqrt(squares));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const at::Tensor weight = weights[i].second;
    std::vector<double> values = numbers(weight);
    optimizers[i].step(values, numbers(weight.grad() * factor), kRate);
    const c10::NoGradGuard quiet;
    weight.copy_(at::tensor(values, at::kDouble).view(weight.sizes()));
    weight.mutable_grad().reset();
  }
}

}  // namespace

TEST_CASE("shared prompts, micro-batches, recomputation, 8 bits and KL together equal plain code") {
  const std::string family = GENERATE(from_range(
      std::vector<std::string>(std::begin(tests::kFamilies), std::end(tests::kFamilies))));
  INFO(family);
  rl::Policy policy{small_decoder(family, 1), nullptr};
  const model::Decoder reference = small_decoder(family, 2);
  auto rollouts = groups(policy.decoder);
  const model::Decoder plain = in_double(policy.decoder);
  const model::Decoder plain_reference = in_double(reference);
  const model::Decoder start = in_double(policy.decoder);
  model::require_gradients(policy.decoder);
  std::vector<tests::PlainAdamW> optimizers;
  int eight_bit = 0;
  for (const auto& [name, weight] : plain.trainable_parameters()) {
    weight.requires_grad_();
    const bool large = weight.dim() == 2 && weight.numel() >= 4096;
    eight_bit += large;
    optimizers.emplace_back(weight.numel(), large);
  }
  REQUIRE(eight_bit > 3);

  rl::GrpoConfig config;
  config.loss.preset = rl::Preset::kDapo;
  config.loss.kl_coef = kKlCoef;
  config.temperature = kTemperature;
  config.max_new_tokens = 24;
  config.micro_batch_tokens = 70;
  config.gradient_checkpointing = true;
  config.optimizer.optim = rl::Optim::kAdamW8bit;
  REQUIRE(rollout::pack(rollouts, config.micro_batch_tokens).size() > 3);
  config.optimizer.bias_update_speed = 0;
  rl::AdamW optimizer(policy.decoder.trainable_parameters(), config.optimizer);
  rl::EntropyControl entropy;
  const int updates = family == "qwen3" ? 4 : 1;
  for (int update = 0; update < updates; ++update) {
    const auto metrics =
        rl::policy_step({policy, &reference, rollouts, config}, optimizer, entropy, kRate);
    const at::Tensor loss = plain_loss(plain, plain_reference, rollouts);
    loss.backward();
    plain_step(plain, optimizers);
    INFO("update " << update);
    CHECK(metrics[0].first == "loss");
    CHECK(std::abs(metrics[0].second - loss.item<double>()) < 1e-4 * std::abs(loss.item<double>()));
    double error = 0;
    double moved = 0;
    const auto own = policy.decoder.named_parameters();
    for (std::size_t i = 0; i < own.size(); ++i) {
      const at::Tensor expected = plain.named_parameters()[i].second.detach();
      error += (own[i].second.detach() - expected).square().sum().item<double>();
      moved += (expected - start.named_parameters()[i].second).square().sum().item<double>();
    }
    CHECK(std::sqrt(error / moved) < 2e-3);
  }
}

namespace {

double last_loss(const std::vector<nlohmann::json>& metrics) {
  double sum = 0;
  for (std::size_t i = metrics.size() - 10; i < metrics.size(); ++i) {
    sum += metrics[i].at("loss").get<double>();
  }
  return sum / 10;
}

}  // namespace

TEST_CASE("training with 8-bit moments learns as in fp32, and goes on to the byte") {
  const tests::Run run;
  rl::SftConfig config = tests::sft_config(tests::tiny_init(64, 96, 2, 4));
  rl::StageContext exact = run.stage("exact", 0);
  rl::run_sft(config, exact);

  config.optimizer.optim = rl::Optim::kAdamW8bit;
  rl::StageContext whole = run.stage("whole", 0);
  rl::run_sft(config, whole);
  CHECK(last_loss(run.metrics("whole")) < 1.05 * last_loss(run.metrics("exact")));

  std::atomic<bool> stop = false;
  rl::StageContext stage = run.stage("broken", 0);
  stage.stop = &stop;
  stage.observer.step = [&](std::int64_t done, std::int64_t, const rl::Metrics&) {
    stop = done == 23;
  };
  // Recomputation changes nothing, so it may as well be on.
  config.gradient_checkpointing = true;
  CHECK_THROWS_AS(rl::run_sft(config, stage), rl::Interrupted);
  {
    const model::SafetensorsFile saved(stage.folder / "checkpoints/step-23/optimizer.safetensors");
    const auto& tensors = saved.tensors();
    const std::string name = "model.layers.0.mlp.up_proj.weight.exp_avg_sq";
    CHECK(tensors.at(name).dtype == model::DType::kU8);
    CHECK(tensors.at(name).shape == std::vector<std::int64_t>{96, 64});
    CHECK(tensors.at(name + ".absmax").dtype == model::DType::kF32);
    CHECK(tensors.at(name + ".absmax").shape == std::vector<std::int64_t>{96 * 64 / 256});
    CHECK(tensors.at("model.norm.weight.exp_avg").dtype == model::DType::kF32);
  }
  stop = false;
  rl::run_sft(config, stage);
  const std::string bytes = tests::text_of(whole.folder / "model/model.safetensors");
  CHECK_FALSE(bytes.empty());
  CHECK((tests::text_of(stage.folder / "model/model.safetensors") == bytes));
}

TEST_CASE("supervised learning that goes by another stage's time ends with it") {
  const tests::Run run;
  rl::SftConfig config = tests::sft_config(tests::tiny_init(16, 32, 1, 2));
  config.steps = 3;
  config.minutes_of = "zero";
  std::vector<std::int64_t> totals;
  const auto train = [&](const std::string& name, double seconds) {
    rl::StageContext stage = run.stage(name, 0);
    stage.training_seconds = [seconds](const std::string& of) {
      return of == "zero" ? seconds : -1;
    };
    stage.observer.step = [&](std::int64_t, std::int64_t total, const rl::Metrics&) {
      totals.push_back(total);
    };
    rl::run_sft(config, stage);
    return run.metrics(name).size();
  };
  CHECK(train("short", 1e-9) == 1);
  CHECK(totals == std::vector<std::int64_t>{1});  // what is left, not the bound
  totals.clear();
  CHECK(train("long", 1e9) == 3);
  CHECK(totals == std::vector<std::int64_t>{3, 3, 3});
}

TEST_CASE(
    "the learning rate is lowered over the steps that the time is expected to be enough for") {
  const tests::Run run;
  rl::SftConfig config = tests::sft_config(tests::tiny_init(16, 32, 1, 2));
  config.steps = 1'000'000;
  config.minutes_of = "zero";
  config.optimizer.warmup_steps = 2;
  rl::StageContext stage = run.stage("timed", 0);
  stage.training_seconds = [](const std::string&) { return 0.3; };
  std::vector<std::int64_t> totals = {config.steps};
  stage.observer.step = [&](std::int64_t, std::int64_t total, const rl::Metrics&) {
    totals.push_back(total);
  };
  rl::run_sft(config, stage);
  const auto metrics = run.metrics("timed");
  REQUIRE(metrics.size() + 1 == totals.size());
  for (std::size_t step = 0; step < metrics.size(); ++step) {
    INFO(step);
    CHECK(metrics[step].at("learning_rate").get<double>() ==
          Approx(rl::learning_rate_at(config.optimizer, static_cast<std::int64_t>(step),
                                      totals[step])));
  }
  CHECK(totals.back() == static_cast<std::int64_t>(metrics.size()));
}

TEST_CASE("supervised learning passes over examples that an earlier stage learned") {
  const tests::Run run;
  rl::SftConfig config = tests::sft_config(tests::tiny_init(16, 32, 1, 2));
  config.steps = 3;
  config.optimizer.learning_rate = 0;  // so that a batch's loss does not depend on those before it
  const auto losses = [&](const std::string& name) {
    rl::StageContext stage = run.stage(name, 0);
    rl::run_sft(config, stage);
    std::vector<double> values;
    for (const auto& line : run.metrics(name)) values.push_back(line.at("loss").get<double>());
    return values;
  };
  const auto all = losses("all");
  config.skip_examples = 2 * config.batch_size;
  const auto later = losses("later");
  CHECK(later.front() == all.back());
  CHECK(later.front() != all.front());
}
