#pragma once

#include <cstdint>

namespace hone::rewards::math {

/// Thrown inside this folder, caught by verify(): the text is no formula that is understood.
struct Unreadable {
  const char* why;
};

/// Thrown inside this folder, caught by verify(): more work than one verification may be.
struct Exhausted {};

/// What one verification may cost: counted work, never time, so that a verdict is the same on every
/// machine. One step is about 20 ns.
class Budget {
 public:
  explicit Budget(std::int64_t steps) : left_(steps) {}
  void spend(std::int64_t steps) {
    left_ -= steps;
    if (left_ < 0) throw Exhausted{};
  }
  std::int64_t left() const { return left_; }

 private:
  std::int64_t left_;
};

inline constexpr std::int64_t kSteps = 100000;
inline constexpr int kMaxNesting = 200;           // of brackets, groups and powers
inline constexpr std::size_t kMaxFormula = 8192;  // bytes of one formula
inline constexpr std::size_t kMaxBits = 4096;     // of an integer that is multiplied out

}  // namespace hone::rewards::math
