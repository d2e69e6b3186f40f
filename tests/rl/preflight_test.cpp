#include "rl/preflight.h"

#include <catch2/catch.hpp>

#include "rollout/rollout.h"

namespace hone::rl {
namespace {

rollout::Rollout scored(double answer, double language, bool language_abstains = false) {
  rollout::Rollout rollout;
  rollout.rewards = {answer, language};
  rollout.abstained = {false, language_abstains};
  rollout.reward = answer + (language_abstains ? 0 : 0.5 * language);
  return rollout;
}

}  // namespace

TEST_CASE("what a starting model can do, over groups") {
  const std::vector<double> weights = {1.0, 0.5};
  const std::vector<rollout::Rollout> rollouts = {scored(1, 1), scored(1, 0),   // one solves all
                                                  scored(0, 0), scored(0, 0)};  // none
  const PreflightResult result = preflight(rollouts, 2, weights);
  CHECK(result.pass_at_1 == 0.25);
  CHECK(result.pass_at_group == 0.5);
  CHECK(result.mixed_groups == 0.5);
  CHECK(result.truncated == 0);
}

TEST_CASE("a reward that abstains is not missed") {
  const std::vector<double> weights = {1.0, 0.5};
  const std::vector<rollout::Rollout> rollouts = {scored(1, 0, true), scored(1, 0, true),
                                                  scored(1, 1), scored(1, 1)};
  const PreflightResult result = preflight(rollouts, 2, weights);
  CHECK(result.pass_at_1 == 1);
  CHECK(result.mixed_groups == 0);
}

}  // namespace hone::rl
