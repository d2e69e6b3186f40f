#include "rl/optimizer.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/kernels/isa.h"
#include "tests/support/plain_adamw.h"

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
  const at::Tensor weight = (at::arange(300007, at::kFloat) * 0.37).sin().view({1, 300007});
  const at::Tensor gradient = (at::arange(300007, at::kFloat) * 0.11).cos().view({1, 300007});
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

TEST_CASE("neither the number of threads nor the instruction set changes a bit") {
  const int threads = at::get_num_threads();
  for (const Optim optim : {Optim::kAdamW, Optim::kAdamW8bit}) {
    std::vector<NamedTensors> states;
    std::vector<double> norms;
    const auto run = [&] {
      const NamedTensors parameters = big_parameters();
      norms.push_back(gradient_norm(parameters).norm);
      OptimizerConfig config;
      config.optim = optim;
      AdamW optimizer(parameters, config);
      optimizer.step(1e-2, 0.7);
      optimizer.step(1e-2, 1.0);
      states.push_back(optimizer.state());
      states.back().push_back(parameters[0]);
    };
    for (const int count : {1, 2, 3}) {
      at::set_num_threads(count);
      run();
    }
    at::set_num_threads(threads);
    for (const std::string& isa : model::kernels::available_isas()) {
      REQUIRE(model::kernels::use_isa(isa));
      run();
    }
    REQUIRE(model::kernels::use_isa(""));
    for (std::size_t i = 1; i < states.size(); ++i) {
      CHECK(norms[i] == norms[0]);
      for (std::size_t t = 0; t < states[i].size(); ++t) {
        CHECK(states[i][t].second.equal(states[0][t].second));
      }
    }
  }
}

TEST_CASE("a factor on the gradients is a factor on each of them") {
  const NamedTensors scaled = big_parameters();
  const NamedTensors folded = big_parameters();
  scaled[0].second.mutable_grad().mul_(0.3f);
  AdamW(scaled, {}).step(1e-2);
  AdamW(folded, {}).step(1e-2, 0.3f);
  CHECK(scaled[0].second.equal(folded[0].second));
}

TEST_CASE("8-bit AdamW steps as bitsandbytes' does") {
  const nlohmann::json one = tests::bitsandbytes_fixture().at("adamw");
  const std::int64_t rows = one.at("rows");
  const std::int64_t columns = one.at("columns");
  const auto numbers = [&](std::int64_t seed) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < rows * columns; ++i) {
      const std::int64_t mixed = (i * 40503 + seed * 977) % 65521 - 32760;
      const std::int64_t away_from_0 = mixed >= 0 ? mixed + 16384 : mixed - 16384;
      values.push_back(static_cast<float>(away_from_0) / 65536 / static_cast<float>(1 << i % 3));
    }
    return at::tensor(values).view({rows, columns});
  };
  OptimizerConfig config;
  config.optim = Optim::kAdamW8bit;
  config.weight_decay = one.at("weight_decay");
  config.beta1 = one.at("beta1");
  config.beta2 = one.at("beta2");
  config.eps = one.at("eps");
  const double rate = one.at("learning_rate");
  const at::Tensor weight = numbers(0);
  AdamW optimizer({{"weight", weight}}, config);
  for (const auto& expected : one.at("steps")) {
    weight.mutable_grad() = numbers(optimizer.steps() + 1);
    optimizer.step(rate);
    const at::Tensor got = weight.flatten().slice(0, 0, c10::nullopt, 16);
    // In units of the learning rate. bitsandbytes' CPU code rounds to one of 65,536 equal steps
    // before it looks for the nearest value, so that one in some hundred numbers gets the other
    // one.
    const at::Tensor error = (got - vector_of(expected)).abs() / rate;
    INFO("step " << optimizer.steps());
    CHECK((error > 1e-3).to(at::kDouble).mean().item<double>() < 0.05);
    CHECK(error.max().item<double>() < 0.1);
  }
  const NamedTensors state = optimizer.state();
  CHECK(state[1].first == "weight.exp_avg.absmax");
  CHECK(close(state[1].second, vector_of(one.at("absmax1"))));
  CHECK(state[3].first == "weight.exp_avg_sq.absmax");
  CHECK(close(state[3].second, vector_of(one.at("absmax2"))));
}

TEST_CASE("8-bit AdamW keeps to the plain one that looks at every value of the data type") {
  const at::Tensor weight = (at::arange(70 * 64, at::kFloat) * 0.37).sin().view({70, 64});
  tests::PlainAdamW plain(70 * 64, true);
  std::vector<double> expected(weight.data_ptr<float>(), weight.data_ptr<float>() + 70 * 64);
  OptimizerConfig config;
  config.optim = Optim::kAdamW8bit;
  AdamW optimizer({{"weight", weight}}, config);
  for (int step = 1; step <= 20; ++step) {
    // Decades between the rows, as between the words of an embedding; some rows are not seen.
    const at::Tensor sizes = at::pow(10.0, -(at::arange(70, at::kFloat) % 5)).view({70, 1});
    const at::Tensor seen = (at::arange(70, at::kFloat) * step % 3 > 0).view({70, 1});
    const at::Tensor gradient =
        (at::arange(70 * 64, at::kFloat) * 0.11 * step).cos().view({70, 64}) * sizes * seen;
    weight.mutable_grad() = gradient;
    optimizer.step(1e-2);
    plain.step(expected, {gradient.data_ptr<float>(), gradient.data_ptr<float>() + 70 * 64}, 1e-2);
  }
  double worst = 0;
  double squares = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double error = std::abs(weight.data_ptr<float>()[i] - expected[i]) / 1e-2;
    worst = std::max(worst, error);
    squares += error * error;
  }
  // In units of the learning rate. A number that lies between two values may go to the other one.
  CHECK(std::sqrt(squares / static_cast<double>(expected.size())) < 1e-3);
  CHECK(worst < 0.1);
}

TEST_CASE("8-bit moments take 2 bytes and two scales a block; what is small stays fp32") {
  const auto bytes_of = [](const at::Tensor& parameter) {
    OptimizerConfig config;
    config.optim = Optim::kAdamW8bit;
    std::size_t bytes = 0;
    const AdamW optimizer({{"weight", parameter}}, config);
    for (const auto& [name, tensor] : optimizer.state()) {
      if (name != "step") bytes += tensor.nbytes();
    }
    return bytes;
  };
  CHECK(bytes_of(at::zeros({512, 256})) == 512 * 256 * 2 + 512 * 2 * 4);
  CHECK(bytes_of(at::zeros({64, 64})) == 4096 * 2 + 16 * 2 * 4);
  CHECK(bytes_of(at::zeros({100, 43})) == 4300 * 2 + 17 * 2 * 4);  // the last block is not full
  CHECK(bytes_of(at::zeros({63, 65})) == 4095 * 8);
  CHECK(bytes_of(at::zeros({8192})) == 8192 * 8);
}

TEST_CASE("a restored optimizer goes on with the same bits") {
  const Optim optim = GENERATE(Optim::kAdamW, Optim::kAdamW8bit);
  OptimizerConfig config;
  config.optim = optim;
  NamedTensors parameters = big_parameters();
  AdamW optimizer(parameters, config);
  optimizer.step(1e-2);
  const at::Tensor weight = parameters[0].second.clone();
  weight.mutable_grad() = parameters[0].second.grad();
  AdamW restored({{"weight", weight}}, config);
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
  OptimizerConfig eight_bit;
  eight_bit.optim = Optim::kAdamW8bit;
  const NamedTensors retyped = AdamW(big_parameters(), eight_bit).state();
  for (const NamedTensors& bad : {missing, reshaped, extra, retyped}) {
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
  CHECK(gradient_norm(parameters).norm == 0.0);
  optimizer.step(0.1);
  const double m = 0.09 / (1 - 0.81);
  const double v = 0.05 * 0.95 / (1 - 0.95 * 0.95);
  CHECK(std::abs(weight.item<double>() - (-0.1 - 0.1 * m / std::sqrt(v))) < 1e-6);
}

}  // namespace hone::rl
