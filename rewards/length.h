#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// Is the completion short beside the others of its problem?
struct LengthConfig {
  static constexpr std::string_view kType = "length";
  std::string verifier = "answer";

  template <class V>
  void fields(V& v) {
    v("verifier", verifier, "the reward that says what is right, or task:NAME; with its defaults");
  }
};

/// From 0.5 for the shortest completion of the group down in a line to -0.5 for the longest; a
/// wrong one has at most 0. 0 where all are equally long. The status is the verifier's. Abstains
/// where the verifier does, for a completion that stands alone, and where a number of tokens is not
/// known. Units: tokens. Throws: std::invalid_argument for an unknown verifier. Source: Kimi k1.5
/// (2501.12599), section 2.3.3; open-r1's len_reward. Differs: tokens, not characters (from
/// open-r1); where there is no reference answer, open-r1 takes the completion for right.
std::unique_ptr<Reward> make_reward(const LengthConfig& config);

}  // namespace hone::rewards
