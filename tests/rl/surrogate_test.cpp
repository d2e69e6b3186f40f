#include "rl/surrogate.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "rl/presets.h"

// Values by hand; the whole losses are held against TRL in loss_line_test.cpp and against finite
// differences in policy_loss_test.cpp.
namespace hone::rl {
namespace {

at::Tensor doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

void check(const at::Tensor& got, const std::vector<double>& expected) {
  REQUIRE(got.numel() == static_cast<std::int64_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("token " << i);
    CHECK(std::abs(got[static_cast<std::int64_t>(i)].item<double>() - expected[i]) < 1e-12);
  }
}

// Either sign of advantage past either clip, then far past the upper one, then on policy.
const std::vector<double> kRatios = {1.5, 1.5, 0.5, 0.5, 6.0, 6.0, 1.0};
const std::vector<double> kSigns = {2.0, -2.0, 2.0, -2.0, 2.0, -2.0, 2.0};

}  // namespace

TEST_CASE("the clipped surrogate worked by hand") {
  const at::Tensor ratio = doubles(kRatios).set_requires_grad(true);
  const at::Tensor loss = clipped_surrogate(resolve({}), ratio, doubles(kSigns));
  loss.sum().backward();
  check(loss, {-2.56, 3.0, -1.0, 1.6, -2.56, 12.0, -2.0});
  check(ratio.grad(), {0.0, 2.0, -2.0, 0.0, 0.0, 2.0, -2.0});  // none where the clip holds
}

TEST_CASE("the dual clip bounds what a bad completion costs") {
  LossConfig config;
  config.dual_clip = 3;
  const at::Tensor ratio = doubles(kRatios).set_requires_grad(true);
  const at::Tensor loss = clipped_surrogate(resolve(config), ratio, doubles(kSigns));
  loss.sum().backward();
  check(loss, {-2.56, 3.0, -1.0, 1.6, -2.56, 6.0, -2.0});
  check(ratio.grad(), {0.0, 2.0, -2.0, 0.0, 0.0, 0.0, -2.0});
}

TEST_CASE("TRL's delta caps the ratio itself") {
  LossConfig config;
  config.dual_clip_positive = 4;
  check(clipped_surrogate(resolve(config), doubles(kRatios), doubles(kSigns)),
        {-2.56, 3.0, -1.0, 1.6, -2.56, 8.0, -2.0});
}

TEST_CASE("DeepSeek-R1's clip of 10 never holds a bad completion back") {
  LossConfig config;
  config.clip_low = config.clip_high = 10;
  check(clipped_surrogate(resolve(config), doubles({12.0, 12.0, 1e-9}), doubles({1, -1, -1})),
        {-11.0, 12.0, 1e-9});
}

TEST_CASE("sapo's gate has the ratio's own slope at 1 and saturates") {
  const at::Tensor ratio = doubles({1.0, 1.0, 1e3}).set_requires_grad(true);
  const LossPieces pieces = resolve({});
  const at::Tensor loss = sapo_surrogate(pieces, ratio, doubles({1.0, -1.0, 1.0}));
  loss.sum().backward();
  check(loss, {-2.0, 2.0 / 1.05, -4.0});
  check(ratio.grad(), {-1.0, 1.0, 0.0});
}

TEST_CASE("gmpo is a geometric mean of one-sided clips") {
  LossConfig config;
  config.preset = Preset::kGmpo;
  const TokenRows rows({2, 2}, at::tensor({1, 1, 1, 1}).to(at::kBool));
  const at::Tensor log_ratio = doubles({1.0, -1.0, 1.0, -1.0});
  // A > 0 keeps the fall of -1 and clips the rise to .4; A < 0 the other way round.
  check(gmpo_surrogate(resolve(config), rows, log_ratio, doubles({1, 1, -1, -1})),
        {-std::exp(-0.3), -std::exp(-0.3), std::exp(0.3), std::exp(0.3)});
}

}  // namespace hone::rl
