#include "rl/scoring.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "rewards/command/command_reward.h"

namespace hone::rl {

TEST_CASE("rollouts judged side by side each get their own score, or the first error") {
  const auto sum_of = [](const std::string& program) {
    rewards::CommandConfig config{.command = {"/usr/bin/python3", "-c", program}};
    config.processes = 3;
    config.max_deaths = 1;
    return rewards::RewardSum({{config, 2.0, ""}, {rewards::FormatConfig{}, 1.0, ""}});
  };
  std::vector<rollout::Rollout> rollouts(20);
  for (std::size_t i = 0; i < rollouts.size(); ++i) rollouts[i].completion = std::to_string(i);
  score_rollouts(sum_of("import json, sys\nfor line in sys.stdin: print(json.dumps({'score': "
                        "float(json.loads(line)['completion'])}), flush=True)"),
                 rollouts);
  for (std::size_t i = 0; i < rollouts.size(); ++i) {
    CHECK(rollouts[i].reward == 2.0 * static_cast<double>(i));
    CHECK(rollouts[i].rewards == std::vector<double>{static_cast<double>(i), 0.0});
    CHECK(rollouts[i].abstained == std::vector<bool>{false, false});
  }
  CHECK_THROWS_AS(score_rollouts(sum_of("raise SystemExit(3)"), rollouts), rewards::CommandError);
}

}  // namespace hone::rl
