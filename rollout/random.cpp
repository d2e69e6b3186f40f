#include "rollout/random.h"

#include <ATen/core/PhiloxRNGEngine.h>

#include "rollout/mix.h"

namespace hone::rollout {

float uniform_at(const StreamKey& key, std::uint64_t position) {
  const std::uint64_t seed = mix(mix(mix(key.seed) ^ key.stage) ^ key.step);
  const std::uint64_t stream = mix(mix(key.prompt) ^ key.sample);
  at::Philox4_32 engine(seed, stream, position);
  return static_cast<float>(engine() >> 8) * 0x1p-24f;
}

}  // namespace hone::rollout
