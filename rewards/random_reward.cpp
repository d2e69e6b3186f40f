#include "rewards/random_reward.h"

#include "rewards/hash.h"

namespace hone::rewards {
namespace {

class RandomReward final : public Reward {
 public:
  explicit RandomReward(const RandomConfig& config) : config_(config) {}

  Score score(const Sample& sample) const override {
    const std::uint64_t prompt = hash64(sample.prompt, static_cast<std::uint64_t>(config_.seed));
    const std::uint64_t hash = hash64(sample.completion, prompt);
    const double uniform = static_cast<double>(hash >> 11) * 0x1p-53;
    if (uniform < config_.probability) return {1, Status::kCorrect, "the coin says 1"};
    return {0, Status::kWrong, "the coin says 0"};
  }

 private:
  RandomConfig config_;
};

}  // namespace

std::unique_ptr<Reward> make_reward(const RandomConfig& config) {
  return std::make_unique<RandomReward>(config);
}

}  // namespace hone::rewards
