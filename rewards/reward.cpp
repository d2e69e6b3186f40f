#include "rewards/reward.h"

namespace hone::rewards {

std::vector<Score> Reward::score_group(std::span<const Sample> group) const {
  std::vector<Score> scores;
  for (const Sample& sample : group) scores.push_back(score(sample));
  return scores;
}

std::string_view status_name(Status status) {
  switch (status) {
    case Status::kCorrect:
      return "correct";
    case Status::kWrong:
      return "wrong";
    case Status::kMalformed:
      return "malformed";
    case Status::kAbstain:
      return "abstain";
  }
  return "abstain";
}

}  // namespace hone::rewards
