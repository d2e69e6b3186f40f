#include "rewards/reasoning_steps.h"

#include <algorithm>
#include <array>
#include <string>

#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr std::array<std::string_view, 4> kStepWords = {"First,", "Second,", "Next,", "Finally,"};

/// The length of digits and what must follow them, or 0.
std::size_t numbered(std::string_view text, char mark) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  return digits > 0 && digits < text.size() && text[digits] == mark ? digits + 1 : 0;
}

/// The length of the step that begins here, or 0.
std::size_t step_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  constexpr std::string_view kStep = "Step ";
  if (rest.starts_with(kStep)) {
    const std::size_t length = numbered(rest.substr(kStep.size()), ':');
    return length > 0 ? kStep.size() + length : 0;
  }
  for (const std::string_view word : kStepWords) {
    if (rest.starts_with(word)) return word.size();
  }
  if (at > 0 && text[at - 1] != '\n') return 0;
  if (at > 0 && (rest.front() == '-' || rest.front() == '*')) return 1;
  return numbered(rest, '.');
}

class ReasoningStepsReward final : public Reward {
 public:
  explicit ReasoningStepsReward(const ReasoningStepsConfig& config) : config_(config) {}

  Score score(const Sample& sample) const override {
    std::int64_t found = 0;
    for (std::size_t at = 0; at < sample.completion.size();) {
      const std::size_t length = step_at(sample.completion, at);
      found += length > 0 ? 1 : 0;
      at += std::max<std::size_t>(length, 1);
    }
    const std::string detail = std::to_string(found) + " steps";
    if (found >= config_.steps) return {1, Status::kCorrect, detail};
    const double share = static_cast<double>(found) / static_cast<double>(config_.steps);
    return {share, Status::kWrong, detail};
  }

 private:
  ReasoningStepsConfig config_;
};

}  // namespace

std::unique_ptr<Reward> make_reward(const ReasoningStepsConfig& config) {
  return std::make_unique<ReasoningStepsReward>(config);
}

}  // namespace hone::rewards
