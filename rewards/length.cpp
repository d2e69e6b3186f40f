#include "rewards/length.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rewards/rewards.h"

namespace hone::rewards {
namespace {

class LengthReward final : public Reward {
 public:
  explicit LengthReward(const LengthConfig& config)
      : verifier_(reward_by_name(config.verifier, nullptr)) {}

  Score score(const Sample& sample) const override { return score_group({&sample, 1}).front(); }

  std::vector<Score> score_group(std::span<const Sample> group) const override {
    if (group.size() < 2) return all_abstain(group, "a completion alone is neither short nor long");
    const auto shorter = [](const Sample& a, const Sample& b) {
      return a.completion_tokens < b.completion_tokens;
    };
    const auto [first, last] = std::minmax_element(group.begin(), group.end(), shorter);
    const double shortest = first->completion_tokens, longest = last->completion_tokens;
    if (shortest <= 0) return all_abstain(group, "the number of tokens is not known");
    std::vector<Score> scores = verifier_->score_group(group);
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (scores[i].status == Status::kAbstain) continue;
      const double length = group[i].completion_tokens;
      const double value =
          longest > shortest ? 0.5 - (length - shortest) / (longest - shortest) : 0.0;
      const bool right = scores[i].status == Status::kCorrect;
      scores[i].value = right ? value : std::min(0.0, value);
      scores[i].detail = std::to_string(group[i].completion_tokens) + " tokens of " +
                         std::to_string(first->completion_tokens) + " to " +
                         std::to_string(last->completion_tokens) + ", " + scores[i].detail;
    }
    return scores;
  }

 private:
  static std::vector<Score> all_abstain(std::span<const Sample> group, const char* why) {
    return {group.size(), Score{0, Status::kAbstain, why}};
  }

  std::unique_ptr<Reward> verifier_;
};

}  // namespace

std::unique_ptr<Reward> make_reward(const LengthConfig& config) {
  return std::make_unique<LengthReward>(config);
}

}  // namespace hone::rewards
