#include "rewards/cosine_scaled.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <stdexcept>

#include "rewards/rewards.h"

namespace hone::rewards {
namespace {

class CosineScaledReward final : public Reward {
 public:
  explicit CosineScaledReward(const CosineScaledConfig& config)
      : config_(config), verifier_(reward_by_name(config.verifier, nullptr)) {
    if (config.min_value_wrong > config.max_value_wrong) {
      throw std::invalid_argument("min_value_wrong is more than max_value_wrong");
    }
    if (config.min_value_correct > config.max_value_correct) {
      throw std::invalid_argument("min_value_correct is more than max_value_correct");
    }
  }

  Score score(const Sample& sample) const override {
    if (sample.completion_tokens <= 0) {
      return {0, Status::kAbstain, "the number of tokens is not known"};
    }
    Score score = verifier_->score(sample);
    if (score.status == Status::kAbstain) return score;
    const bool right = score.status == Status::kCorrect;
    const double at_once = right ? config_.max_value_correct : config_.min_value_wrong;
    const double at_last = right ? config_.min_value_correct : config_.max_value_wrong;
    const double progress =
        std::min(1.0, sample.completion_tokens / static_cast<double>(config_.max_len));
    const double cosine = std::cos(progress * std::numbers::pi);
    score.value = at_last + 0.5 * (at_once - at_last) * (1.0 + cosine);
    score.detail = std::to_string(sample.completion_tokens) + " tokens, " + score.detail;
    return score;
  }

 private:
  CosineScaledConfig config_;
  std::unique_ptr<Reward> verifier_;
};

}  // namespace

std::unique_ptr<Reward> make_reward(const CosineScaledConfig& config) {
  return std::make_unique<CosineScaledReward>(config);
}

}  // namespace hone::rewards
