#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>

namespace hone::rewards {

/// Random numbers for problems, keyed by what they are for: no stream has a state to lose.
/// std::mt19937_64 is specified to the bit; the standard distributions are not, so bounds are own.
class Random {
 public:
  /// A stream for this key, for example {seed, index}.
  explicit Random(std::initializer_list<std::uint64_t> key);

  /// Uniform in [0, bound), without modulo bias. bound >= 1.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [low, high], both included.
  std::int64_t between(std::int64_t low, std::int64_t high);
  /// True with this probability.
  bool chance(double probability);

 private:
  std::mt19937_64 engine_;
};

}  // namespace hone::rewards
