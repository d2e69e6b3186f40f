#include "rewards/soft_overlong.h"

#include <stdexcept>
#include <string>

namespace hone::rewards {
namespace {

class SoftOverlongReward final : public Reward {
 public:
  explicit SoftOverlongReward(const SoftOverlongConfig& config) : config_(config) {
    if (config.soft_punish_cache <= config.max_completion_len) return;
    throw std::invalid_argument(
        "soft_punish_cache = " + std::to_string(config.soft_punish_cache) +
        " is more than max_completion_len = " + std::to_string(config.max_completion_len));
  }

  Score score(const Sample& sample) const override {
    const std::int64_t length = sample.completion_tokens;
    if (length <= 0) return {0, Status::kAbstain, "the number of tokens is not known"};
    const std::int64_t over = length - (config_.max_completion_len - config_.soft_punish_cache);
    const std::string tokens = std::to_string(length) + " tokens";
    if (over <= 0) return {0, Status::kCorrect, tokens};
    const std::string detail = tokens + ", " + std::to_string(over) + " more than go unpunished";
    // The first case also keeps a cache of 0, a cliff, from a division by it.
    if (over >= config_.soft_punish_cache) return {-1, Status::kWrong, detail};
    const double share = static_cast<double>(over) / static_cast<double>(config_.soft_punish_cache);
    return {-share, Status::kWrong, detail};
  }

 private:
  SoftOverlongConfig config_;
};

}  // namespace

std::unique_ptr<Reward> make_reward(const SoftOverlongConfig& config) {
  return std::make_unique<SoftOverlongReward>(config);
}

}  // namespace hone::rewards
