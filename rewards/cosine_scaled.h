#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// Right or wrong, scaled by length: what is right is worth more if short, what is wrong costs less
/// if long.
struct CosineScaledConfig {
  static constexpr std::string_view kType = "cosine_scaled";
  std::int64_t max_len = 1000;
  double min_value_wrong = -1.0;
  double max_value_wrong = -0.5;
  double min_value_correct = 0.5;
  double max_value_correct = 1.0;
  std::string verifier = "answer";

  template <class V>
  void fields(V& v) {
    v("max_len", max_len, "tokens from which the length no longer counts", 1,
      std::int64_t{1} << 31);
    v("min_value_wrong", min_value_wrong, "of a wrong completion without length", -1e6, 1e6);
    v("max_value_wrong", max_value_wrong, "of a wrong completion of max_len tokens", -1e6, 1e6);
    v("min_value_correct", min_value_correct, "of a right completion of max_len tokens", -1e6, 1e6);
    v("max_value_correct", max_value_correct, "of a right completion without length", -1e6, 1e6);
    v("verifier", verifier, "the reward that says what is right, or task:NAME; with its defaults");
  }
};

/// Along half a cosine: right from `max_value_correct` down to `min_value_correct`, wrong from
/// `min_value_wrong` up to `max_value_wrong`, and level from `max_len` on. The status is the
/// verifier's. Abstains where the verifier does, or where the number of tokens is not known.
/// Units: tokens.
/// Throws: std::invalid_argument for bounds in the wrong order, or an unknown verifier.
/// Source: Demystifying Long Chain-of-Thought (2502.03373), appendix C.1; TRL's
/// get_cosine_scaled_reward.
std::unique_ptr<Reward> make_reward(const CosineScaledConfig& config);

}  // namespace hone::rewards
