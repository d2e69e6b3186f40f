#include "rewards/answer.h"

#include "rewards/math/equal.h"
#include "rewards/math/extract.h"

namespace hone::rewards {
namespace {

class AnswerReward final : public Reward {
 public:
  Score score(const Sample& sample) const override {
    const Extracted answer = extract_answer(sample.completion, opens_reasoning(sample.prompt));
    if (answer.kind == Extracted::Kind::kFound) return judge_answer(answer.text, sample.answer);
    return {0, Status::kMalformed, std::string(answer.problem)};
  }
};

}  // namespace

std::unique_ptr<Reward> make_reward(const AnswerConfig& config) {
  return with_reading(std::make_unique<AnswerReward>(), config.reading);
}

}  // namespace hone::rewards
