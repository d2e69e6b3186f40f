#pragma once

#include <cstdint>

namespace hone::rollout {

/// A bijection in which every bit of the result depends on every bit of x, so that nearby keys give
/// unrelated values. Source: splitmix64's finaliser (Steele, Lea and Flood 2014).
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace hone::rollout
