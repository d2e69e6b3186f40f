#include "rollout/random.h"

#include <ATen/core/PhiloxRNGEngine.h>

namespace hone::rollout {
namespace {

/// A bijective mixing step (splitmix64's finaliser), so that nearby keys give unrelated streams.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

float uniform_at(const StreamKey& key, std::uint64_t position) {
  const std::uint64_t seed = mix(mix(mix(key.seed) ^ key.stage) ^ key.step);
  const std::uint64_t stream = mix(mix(key.prompt) ^ key.sample);
  at::Philox4_32 engine(seed, stream, position);
  return static_cast<float>(engine() >> 8) * 0x1p-24f;
}

}  // namespace hone::rollout
