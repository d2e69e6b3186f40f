#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `prime_factorization:84=`: its prime factors in any order, `2*2*3*7`. The trace divides by the
/// smallest prime there is: `84/2=42;42/2=21;21/3=7;7/7=1`.
/// Source: the family of this name in reasoning-gym.
/// Differs: primes are rare, as they are their own answer; all factors or nothing.
struct PrimeFactorizationConfig {
  static constexpr std::string_view kType = "prime_factorization";
  std::int64_t min_value = 2;
  std::int64_t max_value = 1000;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_value", min_value, "smallest number", 2, 1000000000);
    v("max_value", max_value, "largest number", 4, 1000000000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const PrimeFactorizationConfig& config);

}  // namespace hone::rewards
