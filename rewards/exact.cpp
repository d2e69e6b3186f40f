#include "rewards/exact.h"

#include <string>

#include "rewards/math/extract.h"
#include "rewards/text.h"
#include "rewards/unicode.h"

namespace hone::rewards {
namespace {

bool equal_but_for_case(std::string_view a, std::string_view b) {
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    const std::size_t from_a = i, from_b = j;
    const CodePoint one = next_code_point(a, i), two = next_code_point(b, j);
    if (lower_case(one) != lower_case(two)) return false;
    // Broken bytes have no case, and there are several of them.
    if (one == kBroken && a.substr(from_a, i - from_a) != b.substr(from_b, j - from_b))
      return false;
  }
  return i == a.size() && j == b.size();
}

class ExactReward final : public Reward {
 public:
  explicit ExactReward(const ExactConfig& config) : config_(config) {}

  Score score(const Sample& sample) const override {
    const std::string_view expected = trim(sample.answer);
    if (expected.empty()) return {0, Status::kAbstain, "the problem has no reference answer"};
    std::string_view found = sample.completion;
    if (!config_.whole_completion) {
      const Extracted answer = extract_answer(found, opens_reasoning(sample.prompt));
      if (answer.kind != Extracted::Kind::kFound) {
        return {0, Status::kMalformed, std::string(answer.problem)};
      }
      found = answer.text;
    }
    found = trim(found);
    if (found.empty()) return {0, Status::kMalformed, "the answer is empty"};
    const bool equal =
        config_.ignore_case ? equal_but_for_case(found, expected) : found == expected;
    if (equal) return {1, Status::kCorrect, "found " + shown(found)};
    return {0, Status::kWrong, "found " + shown(found) + ", expected " + shown(expected)};
  }

 private:
  ExactConfig config_;
};

}  // namespace

std::unique_ptr<Reward> make_reward(const ExactConfig& config) {
  return std::make_unique<ExactReward>(config);
}

}  // namespace hone::rewards
