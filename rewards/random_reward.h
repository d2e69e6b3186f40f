#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// A control: a coin that knows nothing. What training gains from it is not learnt from a reward.
struct RandomConfig {
  static constexpr std::string_view kType = "random";
  static constexpr bool kIgnoresAnswer = true;
  std::int64_t seed = 0;
  double probability = 0.5;

  template <class V>
  void fields(V& v) {
    v("seed", seed, "another seed, another coin", 0, std::int64_t{1} << 53);
    v("probability", probability, "chance of a 1", 0.0, 1.0);
  }
};

/// 1 or 0 by a hash of seed, prompt and completion: the same text always has the same score.
std::unique_ptr<Reward> make_reward(const RandomConfig& config);

}  // namespace hone::rewards
