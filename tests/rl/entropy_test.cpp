#include "rl/entropy.h"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "rl/presets.h"

namespace hone::rl {

TEST_CASE("a quantile lies between its neighbours, as numpy has it") {
  const std::vector<double> values = {4, 1, 3, 2};
  CHECK(quantile(values, 0) == 1);
  CHECK(quantile(values, 1) == 4);
  CHECK(quantile(values, 0.5) == 2.5);
  CHECK(std::abs(quantile(values, 0.8) - 3.4) < 1e-12);
  CHECK(quantile({7}, 0.3) == 7);
  CHECK_THROWS_AS(quantile({}, 0.5), std::invalid_argument);
}

TEST_CASE("the share of a step's tokens that the policy is trained on") {
  LossConfig config;
  config.top_entropy_quantile = 0.5;
  const std::vector<double> entropies = {0.1, 0.4, 0.2, 0.3};
  const EntropyShare half = entropy_share(resolve(config), entropies, 0.06);
  CHECK(std::abs(half.threshold - 0.25) < 1e-12);
  CHECK(std::abs(half.bonus - 0.03) < 1e-15);
  config.top_entropy_quantile = 1;
  const EntropyShare all = entropy_share(resolve(config), entropies, 0.06);
  CHECK(all.threshold < 0);
  CHECK(std::abs(all.bonus - 0.015) < 1e-15);
  CHECK(entropy_share(resolve(config), {}, 0.06).bonus == 0);
}

TEST_CASE("the adaptive coefficient rises below the target, falls above it, and rests there") {
  LossConfig config;
  config.use_adaptive_entropy = true;
  config.entropy_target = 0.5;
  config.entropy_coef_delta = 0.25;
  config.entropy_coef_max = 0.5;
  const LossPieces pieces = resolve(config);
  EntropyControl control{config.entropy_coef};
  CHECK(control.applied(pieces) == 0);  // nothing is known before the first step
  control.update(pieces, 0.4);
  CHECK(control.applied(pieces) == 0.25);
  control.update(pieces, 0.4);
  control.update(pieces, 0.4);
  CHECK(control.applied(pieces) == 0.5);
  control.update(pieces, 0.9);
  CHECK(control.coefficient == 0.25);
  CHECK(control.applied(pieces) == 0);  // high enough without it
  control.update(pieces, 0.9);
  control.update(pieces, 0.9);
  CHECK(control.coefficient == 0);
}

TEST_CASE("a fixed coefficient stays") {
  LossConfig config;
  config.entropy_coef = 0.1;
  const LossPieces pieces = resolve(config);
  EntropyControl control{config.entropy_coef};
  control.update(pieces, 0.0);
  CHECK(control.applied(pieces) == 0.1);
  CHECK(control.coefficient == 0.1);
}

}  // namespace hone::rl
