#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// Is the completion short enough? The defaults are the paper's; small models want their own.
struct SoftOverlongConfig {
  static constexpr std::string_view kType = "soft_overlong_punishment";
  static constexpr bool kIgnoresAnswer = true;
  std::int64_t max_completion_len = 20480;
  std::int64_t soft_punish_cache = 4096;

  template <class V>
  void fields(V& v) {
    v("max_completion_len", max_completion_len, "tokens from which the punishment is whole", 1,
      std::int64_t{1} << 31);
    v("soft_punish_cache", soft_punish_cache, "tokens before those over which it grows", 0,
      std::int64_t{1} << 31);
  }
};

/// 0 up to `max_completion_len - soft_punish_cache` tokens, then down in a line to -1 at
/// `max_completion_len`, and -1 beyond. Abstains where the number of tokens is not known.
/// Units: tokens.
/// Throws: std::invalid_argument if the cache is more than the maximum.
/// Source: DAPO (2503.14476), equation 13; TRL's get_soft_overlong_punishment.
std::unique_ptr<Reward> make_reward(const SoftOverlongConfig& config);

}  // namespace hone::rewards
