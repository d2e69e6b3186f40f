#include "rl/gradients.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

namespace hone::rl {
namespace {

at::Tensor vector_of(const nlohmann::json& values) {
  return at::tensor(values.get<std::vector<float>>());
}

bool close(const at::Tensor& got, const at::Tensor& expected) {
  return ((got - expected).abs() <= 1e-6 * expected.abs() + 1e-9).all().item<bool>();
}

}  // namespace

TEST_CASE("gradients are clipped as torch does") {
  std::ifstream file(HONE_SOURCE_DIR "/tests/parity/trl_optimizer.json");
  const nlohmann::json cases = nlohmann::json::parse(file).at("clipping");
  for (const auto& one : cases) {
    NamedTensors parameters;
    for (const auto& gradient : one.at("before")) {
      const at::Tensor parameter = at::zeros({static_cast<std::int64_t>(gradient.size())});
      parameter.mutable_grad() = vector_of(gradient);
      parameters.emplace_back(std::to_string(parameters.size()), parameter);
    }
    const GradientNorm result = gradient_norm(parameters);
    CHECK(std::abs(result.norm - one.at("norm").get<double>()) < 1e-6);
    CHECK(result.non_finite.empty());
    const double factor = clip_factor(result.norm, one.at("max_norm"));
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      CHECK(close(parameters[i].second.grad() * factor, vector_of(one.at("after")[i])));
    }
  }
}

TEST_CASE("a maximal norm of 0 clips nothing") {
  CHECK(clip_factor(50.0, 0.0) == 1.0);
  CHECK(clip_factor(50.0, 100.0) == 1.0);
  CHECK(clip_factor(50.0, 5.0) == 5.0 / (50.0 + 1e-6));
}

TEST_CASE("a gradient that is not finite is named") {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const at::Tensor good = at::zeros({20});
    const at::Tensor broken = at::zeros({20});
    good.mutable_grad() = at::full({20}, 1e30f);  // its square is no float
    broken.mutable_grad() = at::ones({20});
    broken.grad()[17].fill_(bad);
    const GradientNorm result = gradient_norm({{"good", good}, {"broken", broken}});
    CHECK(result.non_finite == "broken");
    CHECK_FALSE(std::isfinite(result.norm));
    CHECK(gradient_norm({{"good", good}}).non_finite.empty());
  }
}

}  // namespace hone::rl
