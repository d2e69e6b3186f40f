#include "rl/surrogate.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "rl/aggregate.h"

namespace hone::rl {
namespace {

using Rows = std::vector<std::vector<double>>;

/// One optimizer step's sequences, as TRL saw them.
struct Case {
  LossPieces pieces;
  Rows logp, old_logp, ref_logp, grad;
  std::vector<double> advantages, weights;
  double loss;
  std::map<std::string, double> metrics;
};

std::vector<Case> trl_cases() {
  std::ifstream file(HONE_SOURCE_DIR "/tests/parity/trl_losses.json");
  const auto fixture = nlohmann::json::parse(file);
  std::vector<Case> cases;
  for (const auto& one : fixture.at("losses")) {
    LossConfig config;
    const std::string preset = one.at("preset");
    for (const auto p : {Preset::kGrpo, Preset::kDrGrpo, Preset::kDapo}) {
      if (enum_names(p)[static_cast<std::size_t>(p)] == preset) config.preset = p;
    }
    config.kl_coef = one.at("kl_coef");
    Case c{resolve(config),
           one.at("logp"),
           one.at("old_logp"),
           one.at("ref_logp"),
           one.at("grad"),
           one.at("advantages"),
           {},
           one.at("loss"),
           one.at("metrics")};
    std::vector<int> lengths;
    for (const auto& row : c.logp) lengths.push_back(static_cast<int>(row.size()));
    c.weights = token_weights(lengths, one.at("masked").get<std::vector<bool>>(),
                              c.pieces.aggregate, one.at("max_new_tokens"));
    cases.push_back(c);
  }
  return cases;
}

/// Rows begin <= i < end, packed.
at::Tensor pack(const Rows& rows, std::size_t begin, std::size_t end) {
  std::vector<double> flat;
  for (std::size_t i = begin; i < end; ++i) flat.insert(flat.end(), rows[i].begin(), rows[i].end());
  return at::tensor(flat, at::kDouble);
}

/// One value a sequence, repeated for its tokens.
at::Tensor spread(const std::vector<double>& values, const Rows& rows, std::size_t begin,
                  std::size_t end) {
  Rows repeated;
  for (std::size_t i = 0; i < rows.size(); ++i) repeated.emplace_back(rows[i].size(), values[i]);
  return pack(repeated, begin, end);
}

struct Outcome {
  std::vector<double> grad;
  LossSums sums;
  double loss = 0;
};

/// The step in micro-batches that end before these rows.
Outcome run(const Case& c, const std::vector<std::size_t>& ends, at::ScalarType type) {
  Outcome outcome;
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    const at::Tensor logp = pack(c.logp, begin, end).to(type).set_requires_grad(true);
    const at::Tensor ref =
        c.pieces.kl_coef == 0.0 ? at::Tensor() : pack(c.ref_logp, begin, end).to(type);
    const PolicyLoss part = policy_loss(c.pieces, logp, pack(c.old_logp, begin, end).to(type), ref,
                                        spread(c.advantages, c.logp, begin, end).to(type),
                                        spread(c.weights, c.logp, begin, end).to(type));
    part.loss.backward();
    const at::Tensor grad = logp.grad().to(at::kDouble);
    for (std::int64_t i = 0; i < grad.numel(); ++i) outcome.grad.push_back(grad[i].item<double>());
    outcome.loss += part.loss.item<double>();
    outcome.sums += part.sums;
    begin = end;
  }
  return outcome;
}

bool close(double got, double expected, double relative) {
  return std::abs(got - expected) <= relative * std::max(std::abs(expected), 1e-3);
}

}  // namespace

TEST_CASE("the clipped surrogate worked by hand") {
  // ratios 1.5 and 0.5 with either sign of advantage, then 1
  const at::Tensor old_logp = at::tensor({-1.0, -1.0, -1.0, -1.0, -1.0}, at::kDouble);
  const at::Tensor ratio = at::tensor({1.5, 1.5, 0.5, 0.5, 1.0}, at::kDouble);
  const at::Tensor advantage = at::tensor({2.0, -2.0, 2.0, -2.0, 2.0}, at::kDouble);
  const at::Tensor logp = (old_logp + ratio.log()).set_requires_grad(true);
  const at::Tensor loss = clipped_surrogate(logp, old_logp, advantage, 0.2, 0.28);
  loss.sum().backward();
  const std::vector<double> values = {-2.56, 3.0, -1.0, 1.6, -2.0};
  const std::vector<double> slopes = {0.0, 3.0, -1.0, 0.0, -2.0};  // none where the clip holds
  for (std::size_t i = 0; i < values.size(); ++i) {
    INFO("token " << i);
    const auto t = static_cast<std::int64_t>(i);
    CHECK(close(loss[t].item<double>(), values[i], 1e-12));
    CHECK(close(logp.grad()[t].item<double>(), slopes[i], 1e-12));
  }
}

TEST_CASE("on policy the gradient is the policy gradient") {
  const at::Tensor logp = at::tensor({-0.5f, -2.0f, -7.0f}).set_requires_grad(true);
  const at::Tensor advantage = at::tensor({1.0f, -2.0f, 0.0f});
  const at::Tensor weight = at::tensor({0.25f, 0.5f, 0.25f});
  const PolicyLoss result =
      policy_loss(resolve({}), logp, logp.detach(), at::Tensor(), advantage, weight);
  result.loss.backward();
  CHECK(logp.grad().equal(-advantage * weight));
  CHECK(result.sums.loss == 0.75);
  CHECK(result.sums.clipped_low + result.sums.clipped_high == 0);
}

TEST_CASE("losses, gradients and metrics are TRL's") {
  for (const Case& c : trl_cases()) {
    const Outcome got = run(c, {c.logp.size()}, at::kDouble);
    INFO("aggregate " << static_cast<int>(c.pieces.aggregate) << ", KL " << c.pieces.kl_coef);
    CHECK(close(got.loss, c.loss, 1e-9));
    CHECK(close(got.sums.loss, c.loss, 1e-9));
    const at::Tensor grad = pack(c.grad, 0, c.grad.size());
    REQUIRE(grad.numel() == static_cast<std::int64_t>(got.grad.size()));
    for (std::int64_t i = 0; i < grad.numel(); ++i) {
      CHECK(close(got.grad[static_cast<std::size_t>(i)], grad[i].item<double>(), 1e-9));
    }
    const Metrics metrics = loss_metrics(c.pieces, got.sums);
    CHECK(metrics.size() == c.metrics.size() + 1);  // and the loss
    for (const auto& [name, value] : metrics) {
      if (name == "loss") continue;
      INFO(name);
      REQUIRE(c.metrics.count(name) == 1);
      CHECK(close(value, c.metrics.at(name), 1e-6));  // TRL counts tokens in fp32
    }
  }
}

TEST_CASE("the gradient does not depend on how a step is split") {
  for (const Case& c : trl_cases()) {
    for (const auto type : {at::kDouble, at::kFloat}) {
      const Outcome whole = run(c, {6}, type);
      for (const std::vector<std::size_t>& ends :
           {std::vector<std::size_t>{1, 2, 3, 4, 5, 6}, {3, 6}, {1, 5, 6}}) {
        const Outcome split = run(c, ends, type);
        for (std::size_t i = 0; i < whole.grad.size(); ++i) {
          CHECK(std::abs(split.grad[i] - whole.grad[i]) <= 1e-6 * std::abs(whole.grad[i]));
        }
        CHECK(close(split.sums.loss, whole.sums.loss, 1e-6));
        CHECK(close(split.sums.kl, whole.sums.kl, 1e-6));
        CHECK(split.sums.tokens == whole.sums.tokens);
        CHECK(split.sums.clipped_low == whole.sums.clipped_low);
        CHECK(split.sums.clipped_high == whole.sums.clipped_high);
      }
    }
  }
}

TEST_CASE("gradients are those of finite differences") {
  const double h = 1e-6;
  for (Case c : trl_cases()) {
    const std::vector<std::size_t> all = {c.logp.size()};
    const Outcome at_point = run(c, all, at::kDouble);
    std::size_t token = 0;
    for (std::size_t row = 0; row < c.logp.size(); ++row) {
      for (double& logp : c.logp[row]) {
        const double middle = logp;
        logp = middle + h;
        const double above = run(c, all, at::kDouble).loss;
        logp = middle - h;
        const double below = run(c, all, at::kDouble).loss;
        logp = middle;
        CHECK(std::abs((above - below) / (2 * h) - at_point.grad[token++]) < 1e-8);
      }
    }
  }
}

TEST_CASE("a token of weight 0 has no gradient and is not counted") {
  LossConfig config;
  config.kl_coef = 0.1;
  const at::Tensor logp = at::tensor({-1.0, -2.0}, at::kDouble).set_requires_grad(true);
  const at::Tensor old_logp = at::tensor({-3.0, -4.0}, at::kDouble);
  const PolicyLoss result =
      policy_loss(resolve(config), logp, old_logp, old_logp, at::tensor({1.0, 1.0}, at::kDouble),
                  at::tensor({0.0, 1.0}, at::kDouble));
  result.loss.backward();
  CHECK(logp.grad()[0].item<double>() == 0.0);
  CHECK(result.sums.tokens == 1.0);
  CHECK(result.sums.clipped_high == 1.0);
  CHECK(close(result.sums.kl, std::exp(-2.0) + 2.0 - 1.0, 1e-12));
}

TEST_CASE("a policy loss of tensors that do not belong together is a bug") {
  const at::Tensor two = at::tensor({-1.0, -2.0}, at::kDouble);
  const at::Tensor one = at::tensor({-1.0}, at::kDouble);
  LossConfig config;
  CHECK_THROWS(policy_loss(resolve(config), two, one, at::Tensor(), two, two));
  config.kl_coef = 0.1;
  CHECK_THROWS(policy_loss(resolve(config), two, two, at::Tensor(), two, two));
}

}  // namespace hone::rl
