#include "rewards/think_format.h"

#include <string>

#include "rewards/math/extract.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kOpen = kTags[0], kClose = kTags[1];

class ThinkFormatReward final : public Reward {
 public:
  explicit ThinkFormatReward(const ThinkFormatConfig& config) : config_(config) {}

  Score score(const Sample& sample) const override {
    std::string_view text = trim(sample.completion);
    if (!opens_reasoning(sample.prompt)) {
      if (!text.starts_with(kOpen)) return malformed("does not begin with <think>");
      text.remove_prefix(kOpen.size());
    }
    const auto close = text.find(kClose);
    if (close == std::string_view::npos) return malformed("no </think>");
    const std::string_view after = text.substr(close + kClose.size());
    if (text.find(kOpen) != std::string_view::npos) return malformed("a second <think>");
    if (after.find(kClose) != std::string_view::npos) return malformed("a second </think>");
    if (trim(after).empty()) return malformed("nothing after </think>");
    const auto thought = static_cast<std::int64_t>(trim(text.substr(0, close)).size());
    if (thought < config_.min_think_chars) {
      return malformed("the reasoning has " + std::to_string(thought) +
                       " bytes, expected at least " + std::to_string(config_.min_think_chars));
    }
    return {1, Status::kCorrect, "one <think>, then text"};
  }

 private:
  static Score malformed(std::string why) { return {0, Status::kMalformed, std::move(why)}; }

  ThinkFormatConfig config_;
};

}  // namespace

std::unique_ptr<Reward> make_reward(const ThinkFormatConfig& config) {
  return std::make_unique<ThinkFormatReward>(config);
}

}  // namespace hone::rewards
