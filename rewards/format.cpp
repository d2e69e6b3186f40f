#include "rewards/format.h"

#include <array>
#include <string>

#include "rewards/math/extract.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

Score malformed(std::string why) { return {0, Status::kMalformed, std::move(why)}; }

/// The pieces of text before, between and after the tags, if the tags are the four in their order.
struct Pieces {
  std::array<std::string_view, 5> text;
  std::string problem;  // empty if all is well
};

Pieces split_at_tags(std::string_view text, bool opened) {
  Pieces pieces;
  std::size_t seen = opened ? 1 : 0;
  std::size_t begin = 0;
  for (auto at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    for (std::size_t tag = 0; tag < kTags.size(); ++tag) {
      if (!text.substr(at).starts_with(kTags[tag])) continue;
      if (tag != seen) {
        pieces.problem = std::string(kTags[tag]) + " where " +
                         (seen < kTags.size() ? std::string(kTags[seen]) : "the end") +
                         " should come";
        return pieces;
      }
      pieces.text[seen++] = text.substr(begin, at - begin);
      begin = at + kTags[tag].size();
    }
  }
  if (seen < kTags.size()) {
    pieces.problem = "no " + std::string(kTags[seen]);
    return pieces;
  }
  pieces.text[4] = text.substr(begin);
  return pieces;
}

class FormatReward final : public Reward {
 public:
  explicit FormatReward(const FormatConfig& config) : config_(config) {}

  Score score(const Sample& sample) const override {
    const Pieces pieces = split_at_tags(sample.completion, opens_reasoning(sample.prompt));
    if (!pieces.problem.empty()) return malformed(pieces.problem);
    const auto& [before, think, between, answer, after] = pieces.text;
    if (!trim(before).empty()) return malformed("text before <think>: " + shown(trim(before)));
    if (!trim(between).empty()) return malformed("text after </think>: " + shown(trim(between)));
    if (!trim(after).empty()) return malformed("text after </answer>: " + shown(trim(after)));
    if (trim(answer).empty()) return malformed("the answer is empty");
    const auto thought = static_cast<std::int64_t>(trim(think).size());
    if (thought < config_.min_think_chars) {
      return malformed("the reasoning has " + std::to_string(thought) +
                       " bytes, expected at least " + std::to_string(config_.min_think_chars));
    }
    return {1, Status::kCorrect, "one <think>, then one <answer>"};
  }

 private:
  FormatConfig config_;
};

}  // namespace

std::unique_ptr<Reward> make_reward(const FormatConfig& config) {
  return std::make_unique<FormatReward>(config);
}

}  // namespace hone::rewards
