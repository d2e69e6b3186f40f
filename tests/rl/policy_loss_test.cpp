#include "rl/policy_loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "rl/aggregate.h"
#include "rl/presets.h"

namespace hone::rl {
namespace {

using Values = std::vector<double>;

constexpr std::int64_t kLimit = 9;
const std::vector<std::int64_t> kLengths = {7, 1, 4, 6, 3, 5};
const Values kAdvantages = {1.3, -0.7, 0.0, -1.1, 0.4, 2.0};

/// A step of six completions, packed, with ratios past every clip.
struct Step {
  Values logp, old_logp, sampling_logp, ref_logp, entropy, advantage, weight;
  LossPieces pieces;
  EntropyShare share;
};

Step step_of(const LossConfig& config) {
  Step step;
  step.pieces = resolve(config);
  std::mt19937 engine(7);
  std::normal_distribution<double> normal;
  std::vector<int> lengths(kLengths.begin(), kLengths.end());
  std::vector<bool> masked(lengths.size(), false);
  masked[4] = config.mask_truncated;
  const Values weights = token_weights(lengths, masked, step.pieces.aggregate, kLimit);
  Values acting;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    for (int t = 0; t < lengths[i]; ++t) {
      step.old_logp.push_back(-std::abs(normal(engine)) - 0.1);
      step.logp.push_back(step.old_logp.back() + 0.4 * normal(engine));
      step.sampling_logp.push_back(step.old_logp.back() + 0.3 * normal(engine));
      step.ref_logp.push_back(step.old_logp.back() + 0.3 * normal(engine));
      step.entropy.push_back(std::abs(normal(engine)));
      step.advantage.push_back(kAdvantages[i]);
      step.weight.push_back(weights[i]);
      if (weights[i] != 0) acting.push_back(step.entropy.back());
    }
  }
  step.share = entropy_share(step.pieces, acting, config.entropy_coef);
  return step;
}

/// Everything that goes together, on top of a preset.
LossConfig everything(Preset preset) {
  LossConfig config;
  config.preset = preset;
  config.kl_coef = 0.1;
  config.kl_in = KlPlace::kLoss;
  config.kl_unbiased = true;
  config.dual_clip = 1.6;
  config.dual_clip_positive = 1.9;
  config.mask_truncated = true;
  config.top_entropy_quantile = 0.7;
  config.entropy_coef = 0.05;
  config.off_policy_mask_threshold = 0.05;
  config.importance_sampling = ImportanceSampling::kTokenMask;
  config.importance_sampling_max = 1.5;
  config.importance_sampling_min = 0.6;
  return config;
}

std::vector<Preset> presets() {
  std::vector<Preset> all;
  for (std::size_t i = 0; i < enum_names(Preset{}).size(); ++i) {
    all.push_back(static_cast<Preset>(i));
  }
  return all;
}

struct Outcome {
  double loss = 0;
  Values grad;
  LossSums sums;
};

/// The step in micro-batches that end before these completions.
Outcome run(const Step& step, const std::vector<std::size_t>& ends,
            at::ScalarType type = at::kDouble) {
  Outcome outcome;
  std::size_t row = 0;
  std::size_t token = 0;
  for (const std::size_t end : ends) {
    LossInputs in;
    std::size_t count = 0;
    for (; row < end; ++row) {
      in.lengths.push_back(kLengths[row]);
      count += static_cast<std::size_t>(kLengths[row]);
    }
    const auto part = [&](const Values& values) {
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>(token);
      return at::tensor(Values(begin, begin + static_cast<std::ptrdiff_t>(count)), type);
    };
    in.logp = part(step.logp).set_requires_grad(true);
    in.old_logp = part(step.old_logp);
    in.sampling_logp = part(step.sampling_logp);
    in.ref_logp = part(step.ref_logp);
    in.entropy = part(step.entropy);
    in.advantage = part(step.advantage);
    in.weight = part(step.weight);
    const PolicyLoss loss = policy_loss(step.pieces, in, step.share);
    loss.loss.backward();
    const at::Tensor grad = in.logp.grad().to(at::kDouble);
    for (std::int64_t i = 0; i < grad.numel(); ++i) outcome.grad.push_back(grad[i].item<double>());
    outcome.loss += loss.loss.item<double>();
    outcome.sums += loss.sums;
    token += count;
  }
  return outcome;
}

bool close(double got, double expected, double relative) {
  return std::abs(got - expected) <= relative * std::max(std::abs(expected), 1e-3);
}

std::string name_of(Preset preset) {
  return std::string(enum_names(preset)[static_cast<std::size_t>(preset)]);
}

/// Each token's completion.
std::vector<std::size_t> owners() {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < kLengths.size(); ++i) {
    rows.insert(rows.end(), static_cast<std::size_t>(kLengths[i]), i);
  }
  return rows;
}

}  // namespace

TEST_CASE("no loss depends on how a step is split, with every piece switched on") {
  for (const Preset preset : presets()) {
    for (const bool all : {false, true}) {
      LossConfig plain;
      plain.preset = preset;
      const Step step = step_of(all ? everything(preset) : plain);
      for (const auto type : {at::kDouble, at::kFloat}) {
        INFO(name_of(preset) << ", everything " << all);
        const Outcome whole = run(step, {6}, type);
        for (const std::vector<std::size_t>& ends :
             {std::vector<std::size_t>{1, 2, 3, 4, 5, 6}, {3, 6}, {1, 5, 6}}) {
          const Outcome split = run(step, ends, type);
          for (std::size_t i = 0; i < whole.grad.size(); ++i) {
            CHECK(std::abs(split.grad[i] - whole.grad[i]) <= 1e-6 * std::abs(whole.grad[i]));
          }
          CHECK(close(split.loss, whole.loss, 1e-5));
          const Metrics metrics = loss_metrics(step.pieces, whole.sums);
          const Metrics split_metrics = loss_metrics(step.pieces, split.sums);
          REQUIRE(metrics.size() == split_metrics.size());
          for (std::size_t i = 0; i < metrics.size(); ++i) {
            INFO(metrics[i].first);
            CHECK(close(split_metrics[i].second, metrics[i].second, 1e-5));
          }
        }
      }
    }
  }
}

TEST_CASE("gradients are those of finite differences, where nothing is held constant") {
  const double h = 1e-6;
  for (const Preset preset : presets()) {
    if (preset == Preset::kCispo || preset == Preset::kVespo) continue;  // they are, below
    for (const bool all : {false, true}) {
      for (const auto estimator : {KlEstimator::kK1, KlEstimator::kK2, KlEstimator::kK3}) {
        LossConfig config;
        config.preset = preset;
        if (all) config = everything(preset);
        config.kl_estimator = estimator;
        Step step = step_of(config);
        const Outcome middle = run(step, {6});
        for (std::size_t i = 0; i < step.logp.size(); ++i) {
          INFO(name_of(preset) << ", everything " << all << ", token " << i);
          const double logp = step.logp[i];
          step.logp[i] = logp + h;
          const double above = run(step, {6}).loss;
          step.logp[i] = logp - h;
          const double below = run(step, {6}).loss;
          step.logp[i] = logp;
          CHECK(std::abs((above - below) / (2 * h) - middle.grad[i]) < 1e-7);
        }
      }
    }
  }
}

TEST_CASE("cispo's and vespo's gradients have a constant factor before the policy gradient") {
  LossConfig config;
  config.preset = Preset::kCispo;
  config.clip_high = 1.2;
  const Step cispo = step_of(config);
  const Outcome capped = run(cispo, {6});
  for (std::size_t i = 0; i < cispo.logp.size(); ++i) {
    const double ratio = std::min(std::exp(cispo.logp[i] - cispo.old_logp[i]), 1.2);
    CHECK(close(capped.grad[i], -ratio * cispo.advantage[i] / 26, 1e-12));
  }

  config = {};
  config.preset = Preset::kVespo;
  const Step vespo = step_of(config);
  const Outcome weighted = run(vespo, {6});
  Values log_w(kLengths.size(), 0.0);
  const auto rows = owners();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    log_w[rows[i]] += vespo.logp[i] - vespo.old_logp[i];
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double w = std::exp(log_w[rows[i]]);
    const double a = vespo.advantage[i];
    const double phi = a >= 0 ? w * w * std::exp(3 - 3 * w) : w * w * w * std::exp(2 - 2 * w);
    CHECK(close(weighted.grad[i], -phi * a / 26, 1e-12));
  }
}

TEST_CASE("presets that TRL lacks, against their formulas written out") {
  LossConfig config;
  config.preset = Preset::kGpg;  // 2504.02546, eq. 7
  const Step gpg = step_of(config);
  const Outcome reinforce = run(gpg, {6});
  double loss = 0;
  for (std::size_t i = 0; i < gpg.logp.size(); ++i) {
    loss += -gpg.advantage[i] * gpg.logp[i] / 26;
    CHECK(close(reinforce.grad[i], -gpg.advantage[i] / 26, 1e-12));
  }
  CHECK(close(reinforce.loss, loss, 1e-12));

  config.preset = Preset::kReinforcePp;  // 2501.03262: PPO's clip, a mean over tokens
  config.dual_clip = 1.5;                // 1912.09729, eq. 5
  const Step step = step_of(config);
  const Outcome clipped = run(step, {6});
  loss = 0;
  int capped = 0;
  for (std::size_t i = 0; i < step.logp.size(); ++i) {
    const double ratio = std::exp(step.logp[i] - step.old_logp[i]);
    const double a = step.advantage[i];
    double gain = std::min(ratio * a, std::clamp(ratio, 0.8, 1.2) * a);
    double slope = gain == ratio * a ? ratio * a : 0.0;
    if (a < 0 && gain < 1.5 * a) {
      gain = 1.5 * a;
      slope = 0;
      ++capped;
    }
    loss -= gain / 26;
    CHECK(close(clipped.grad[i], -slope / 26, 1e-12));
  }
  CHECK(capped > 0);
  CHECK(close(clipped.loss, loss, 1e-12));
}

TEST_CASE("on policy the gradient of every preset is the policy gradient") {
  for (const Preset preset : presets()) {
    LossConfig config;
    config.preset = preset;
    Step step = step_of(config);
    step.old_logp = step.logp;
    const Outcome got = run(step, {6});
    const auto rows = owners();
    for (std::size_t i = 0; i < step.logp.size(); ++i) {
      INFO(name_of(preset) << ", token " << i);
      // A sequence's ratio has a share of its slope at each token; with a product all of it.
      double weight = step.weight[i];
      if (step.pieces.ratio == RatioLevel::kSequenceProduct) {
        weight *= static_cast<double>(kLengths[rows[i]]);
      }
      CHECK(close(got.grad[i], -step.advantage[i] * weight, 1e-12));
    }
    CHECK(got.sums.clipped_low + got.sums.clipped_high == 0);
  }
}

TEST_CASE("a token of weight 0 has no gradient and is not counted") {
  LossConfig config;
  config.kl_coef = 0.1;
  LossInputs in;
  in.lengths = {1, 1};
  in.logp = at::tensor({-1.0, -2.0}, at::kDouble).set_requires_grad(true);
  in.old_logp = in.ref_logp = at::tensor({-3.0, -4.0}, at::kDouble);
  in.advantage = at::tensor({1.0, 1.0}, at::kDouble);
  in.weight = at::tensor({0.0, 1.0}, at::kDouble);
  const PolicyLoss result = policy_loss(resolve(config), in);
  result.loss.backward();
  CHECK(in.logp.grad()[0].item<double>() == 0.0);
  CHECK(result.sums.tokens == 1.0);
  CHECK(result.sums.clipped_high == 1.0);
  CHECK(close(result.sums.kl, std::exp(-2.0) + 2.0 - 1.0, 1e-12));
}

TEST_CASE("a policy loss of tensors that do not belong together is a bug") {
  LossInputs in;
  in.lengths = {2};
  in.logp = in.old_logp = in.advantage = in.weight = at::tensor({-1.0, -2.0}, at::kDouble);
  LossConfig config;
  CHECK_NOTHROW(policy_loss(resolve(config), in));
  config.kl_coef = 0.1;
  CHECK_THROWS(policy_loss(resolve(config), in));
  config = {};
  config.top_entropy_quantile = 0.5;
  CHECK_THROWS(policy_loss(resolve(config), in));
  config = {};
  in.lengths = {3};
  CHECK_THROWS(policy_loss(resolve(config), in));
  in.lengths = {2};
  in.old_logp = at::tensor({-1.0}, at::kDouble);
  CHECK_THROWS(policy_loss(resolve(config), in));
}

}  // namespace hone::rl
