#include "rewards/regex.h"

#include <optional>
#include <stdexcept>

#include "rewards/math/extract.h"
#include "rewards/pattern.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

class RegexReward final : public Reward {
 public:
  explicit RegexReward(const RegexConfig& config) : config_(config) {
    if (!config.pattern.empty()) pattern_.emplace(config.pattern, config.whole);
  }

  Score score(const Sample& sample) const override {
    std::string_view text = sample.completion;
    const bool opened = opens_reasoning(sample.prompt);
    if (config_.scope == RegexScope::kAnswer) {
      const Extracted answer = extract_answer(text, opened);
      if (answer.kind != Extracted::Kind::kFound) {
        return {0, Status::kMalformed, std::string(answer.problem)};
      }
      text = answer.text;
    } else if (config_.scope == RegexScope::kThink) {
      const auto reasoning = reasoning_part(text, opened);
      if (!reasoning) return {0, Status::kMalformed, "no <think>..</think>"};
      text = *reasoning;
    }
    if (config_.whole) text = trim(text);
    if (pattern_) return judge(*pattern_, text);
    if (sample.answer.empty()) return {0, Status::kAbstain, "the problem has no pattern"};
    try {
      return judge(Pattern(std::string(sample.answer), config_.whole), text);
    } catch (const std::invalid_argument& error) {
      return {0, Status::kAbstain, "the problem's answer: " + shown(error.what(), 200)};
    }
  }

 private:
  static Score judge(const Pattern& pattern, std::string_view text) {
    const auto match = pattern.find(text);
    if (!match) return {0, Status::kAbstain, "the search took too many steps"};
    if (!match->found()) return {0, Status::kWrong, "no match"};
    return {1, Status::kCorrect,
            "matches " + shown(text.substr(match->begin, match->end - match->begin))};
  }

  RegexConfig config_;
  std::optional<Pattern> pattern_;  // none: each problem has its own
};

}  // namespace

std::unique_ptr<Reward> make_reward(const RegexConfig& config) {
  return std::make_unique<RegexReward>(config);
}

}  // namespace hone::rewards
