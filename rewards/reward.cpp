#include "rewards/reward.h"

namespace hone::rewards {

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
