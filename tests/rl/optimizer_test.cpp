#include "rl/optimizer.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace hone::rl {
namespace {

nlohmann::json fixture() {
  std::ifstream file(HONE_SOURCE_DIR "/tests/parity/trl_optimizer.json");
  return nlohmann::json::parse(file);
}

at::Tensor vector_of(const nlohmann::json& values) {
  return at::tensor(values.get<std::vector<float>>());
}

at::Tensor matrix_of(const nlohmann::json& rows) {
  std::vector<float> flat;
  for (const auto& row : rows) {
    for (const float value : row) flat.push_back(value);
  }
  return at::tensor(flat).view({static_cast<std::int64_t>(rows.size()), -1});
}

bool close(const at::Tensor& got, const at::Tensor& expected) {
  return ((got - expected).abs() <= 1e-6 * expected.abs() + 1e-9).all().item<bool>();
}

/// Big enough to be shared between threads, with no round number in it.
NamedTensors big_parameters() {
  const at::Tensor weight = (at::arange(300007, at::kFloat) * 0.37).sin();
  const at::Tensor gradient = (at::arange(300007, at::kFloat) * 0.11).cos();
  weight.mutable_grad() = gradient;
  return {{"weight", weight}};
}

}  // namespace

TEST_CASE("AdamW steps as torch's does, and only matrices decay") {
  for (const auto& one : fixture().at("adamw")) {
    OptimizerConfig config;
    config.weight_decay = one.at("weight_decay");
    config.beta1 = one.at("beta1");
    config.beta2 = one.at("beta2");
    config.eps = one.at("eps");
    const at::Tensor matrix = matrix_of(one.at("matrix"));
    const at::Tensor vector = vector_of(one.at("vector"));
    AdamW optimizer({{"matrix", matrix}, {"vector", vector}}, config);
    for (const auto& step : one.at("steps")) {
      matrix.mutable_grad() = matrix_of(step.at("matrix_grad"));
      vector.mutable_grad() = vector_of(step.at("vector_grad"));
      optimizer.step(step.at("learning_rate"));
      INFO("decay " << config.weight_decay << ", step " << optimizer.steps());
      CHECK(close(matrix, matrix_of(step.at("matrix"))));
      CHECK(close(vector, vector_of(step.at("vector"))));
      const NamedTensors state = optimizer.state();
      CHECK(close(state[0].second, matrix_of(step.at("exp_avg"))));
      CHECK(close(state[1].second, matrix_of(step.at("exp_avg_sq"))));
    }
  }
}

TEST_CASE("AdamW's first step worked by hand") {
  OptimizerConfig config;
  config.weight_decay = 0.5;
  config.eps = 0.0;
  const at::Tensor weight = at::full({1, 2}, 2.0f);
  weight.mutable_grad() = at::tensor({3.0f, -0.25f}).view({1, 2});
  AdamW({{"weight", weight}}, config).step(0.1);
  // Bias-corrected, the first step is the sign of the gradient: 2 * (1 - .05) -+ .1
  CHECK(close(weight, at::tensor({1.8f, 2.0f}).view({1, 2})));
}

TEST_CASE("gradients are clipped as torch does") {
  for (const auto& one : fixture().at("clipping")) {
    NamedTensors parameters;
    for (const auto& gradient : one.at("before")) {
      const at::Tensor parameter = at::zeros({static_cast<std::int64_t>(gradient.size())});
      parameter.mutable_grad() = vector_of(gradient);
      parameters.emplace_back(std::to_string(parameters.size()), parameter);
    }
    const GradientNorm result = clip_gradients(parameters, one.at("max_norm"));
    CHECK(std::abs(result.norm - one.at("norm").get<double>()) < 1e-6);
    CHECK(result.non_finite.empty());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      CHECK(close(parameters[i].second.grad(), vector_of(one.at("after")[i])));
    }
  }
}

TEST_CASE("a maximal norm of 0 clips nothing") {
  const at::Tensor weight = at::zeros({2});
  weight.mutable_grad() = at::tensor({30.0f, 40.0f});
  CHECK(clip_gradients({{"weight", weight}}, 0.0).norm == 50.0);
  CHECK(weight.grad().equal(at::tensor({30.0f, 40.0f})));
}

TEST_CASE("a gradient that is not finite is named and left as it is") {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const at::Tensor good = at::zeros({20});
    const at::Tensor broken = at::zeros({20});
    good.mutable_grad() = at::full({20}, 1e30f);  // its square is no float
    broken.mutable_grad() = at::ones({20});
    broken.grad()[17].fill_(bad);
    const GradientNorm result = clip_gradients({{"good", good}, {"broken", broken}}, 1.0);
    CHECK(result.non_finite == "broken");
    CHECK_FALSE(std::isfinite(result.norm));
    CHECK(good.grad()[0].item<float>() == 1e30f);
    CHECK(clip_gradients({{"good", good}}, 0.0).non_finite.empty());
  }
}

TEST_CASE("the number of threads does not change a bit") {
  const int threads = at::get_num_threads();
  std::vector<at::Tensor> weights;
  std::vector<double> norms;
  for (const int count : {1, 2, 3}) {
    at::set_num_threads(count);
    const NamedTensors parameters = big_parameters();
    norms.push_back(clip_gradients(parameters, 0.5).norm);
    AdamW optimizer(parameters, {});
    optimizer.step(1e-2);
    optimizer.step(1e-2);
    weights.push_back(parameters[0].second);
  }
  at::set_num_threads(threads);
  CHECK(norms[0] == norms[1]);
  CHECK(norms[0] == norms[2]);
  CHECK(weights[0].equal(weights[1]));
  CHECK(weights[0].equal(weights[2]));
}

TEST_CASE("a restored optimizer goes on with the same bits") {
  NamedTensors parameters = big_parameters();
  AdamW optimizer(parameters, {});
  optimizer.step(1e-2);
  const at::Tensor weight = parameters[0].second.clone();
  weight.mutable_grad() = parameters[0].second.grad();
  AdamW restored({{"weight", weight}}, {});
  NamedTensors saved;
  for (const auto& [name, tensor] : optimizer.state()) saved.emplace_back(name, tensor.clone());
  std::swap(saved.front(), saved.back());  // their order does not matter
  restored.load_state(saved);
  CHECK(restored.steps() == 1);
  optimizer.step(1e-2);
  restored.step(1e-2);
  CHECK(weight.equal(parameters[0].second));
}

TEST_CASE("a state that does not fit is refused by name and changes nothing") {
  AdamW optimizer(big_parameters(), {});
  optimizer.step(1e-2);
  const NamedTensors good = optimizer.state();
  NamedTensors missing = good;
  missing.erase(missing.begin());
  NamedTensors reshaped = good;
  reshaped[1].second = at::zeros({3});
  NamedTensors extra = good;
  extra.emplace_back("other.exp_avg", at::zeros({3}));
  const at::Tensor before = good[0].second.clone();
  for (const NamedTensors& bad : {missing, reshaped, extra}) {
    CHECK_THROWS_AS(optimizer.load_state(bad), std::invalid_argument);
    CHECK(optimizer.steps() == 1);
    CHECK(optimizer.state()[0].second.equal(before));
  }
  CHECK_THROWS_WITH(optimizer.load_state(missing), Catch::Contains("weight.exp_avg"));
}

TEST_CASE("a parameter without a gradient moves by its momentum alone") {
  OptimizerConfig config;
  config.eps = 0.0;
  const at::Tensor weight = at::zeros({1});
  weight.mutable_grad() = at::ones({1});
  const NamedTensors parameters = {{"weight", weight}};
  AdamW optimizer(parameters, config);
  optimizer.step(0.1);
  reset_gradients(parameters);
  CHECK_FALSE(weight.grad().defined());
  CHECK(clip_gradients(parameters, 1.0).norm == 0.0);
  optimizer.step(0.1);
  const double m = 0.09 / (1 - 0.81);
  const double v = 0.05 * 0.95 / (1 - 0.95 * 0.95);
  CHECK(std::abs(weight.item<double>() - (-0.1 - 0.1 * m / std::sqrt(v))) < 1e-6);
}

}  // namespace hone::rl
