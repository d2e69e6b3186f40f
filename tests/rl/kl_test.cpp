#include "rl/kl.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <catch2/catch.hpp>
#include <cmath>

namespace hone::rl {
namespace {

at::Tensor doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

}  // namespace

TEST_CASE("k3 worked by hand, with its gradient") {
  const double ln2 = std::log(2.0);
  const at::Tensor logp = doubles({-1.0, -1.0, -1.0}).set_requires_grad(true);
  const at::Tensor kl =
      kl_estimate(KlEstimator::kK3, logp, doubles({-1.0, -1.0 + ln2, -1.0 - ln2}));
  const std::vector<double> values = {0.0, 2.0 - ln2 - 1.0, 0.5 + ln2 - 1.0};
  const std::vector<double> slopes = {0.0, -1.0, 0.5};  // 1 - e^d
  kl.sum().backward();
  for (int i = 0; i < 3; ++i) {
    CHECK(std::abs(kl[i].item<double>() - values[static_cast<std::size_t>(i)]) < 1e-15);
    CHECK(std::abs(logp.grad()[i].item<double>() - slopes[static_cast<std::size_t>(i)]) < 1e-15);
  }
}

TEST_CASE("k1 and k2 worked by hand") {
  const at::Tensor logp = doubles({-1.0, -1.0}).set_requires_grad(true);
  const at::Tensor ref = doubles({-1.5, -0.5});
  CHECK(kl_estimate(KlEstimator::kK1, logp, ref).equal(doubles({0.5, -0.5})));
  const at::Tensor k2 = kl_estimate(KlEstimator::kK2, logp, ref);
  CHECK(k2.equal(doubles({0.125, 0.125})));
  k2.sum().backward();
  CHECK(logp.grad().equal(doubles({0.5, -0.5})));
}

TEST_CASE("k3 over all tokens of a distribution is its KL divergence") {
  const std::vector<double> policy = {0.5, 0.3, 0.15, 0.05};
  const std::vector<double> reference = {0.1, 0.4, 0.3, 0.2};
  const at::Tensor k3 =
      kl_estimate(KlEstimator::kK3, doubles(policy).log(), doubles(reference).log());
  double expected = 0;
  for (std::size_t i = 0; i < policy.size(); ++i) {
    expected += policy[i] * std::log(policy[i] / reference[i]);
  }
  CHECK(std::abs((doubles(policy) * k3).sum().item<double>() - expected) < 1e-15);
}

TEST_CASE("k3 in fp32 keeps its digits near the reference") {
  const float logp = -1.0f;
  for (const float step : {1e-2f, 1e-3f, 1e-4f, -1e-3f}) {
    const float ref = logp + step;
    const double d = static_cast<double>(ref) - logp;
    const double exact = std::expm1(d) - d;
    const double got =
        kl_estimate(KlEstimator::kK3, at::tensor({logp}), at::tensor({ref})).item<double>();
    CHECK(std::abs(got - exact) < 2e-3 * exact);
  }
}

}  // namespace hone::rl
