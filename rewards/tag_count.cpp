#include "rewards/tag_count.h"

#include <string>

#include "rewards/math/extract.h"

namespace hone::rewards {
namespace {

int count(std::string_view text, std::string_view tag) {
  int found = 0;
  for (auto at = text.find(tag); at != std::string_view::npos; at = text.find(tag, at + 1)) ++found;
  return found;
}

class TagCountReward final : public Reward {
 public:
  Score score(const Sample& sample) const override {
    double value = 0;
    std::string others;
    for (const std::string_view tag : kTags) {
      const bool opened = tag == kTags.front() && opens_reasoning(sample.prompt);
      const int found = count(sample.completion, tag) + (opened ? 1 : 0);
      if (found == 1) {
        value += 1.0 / static_cast<double>(kTags.size());
      } else {
        others += (others.empty() ? "" : ", ") + std::to_string(found) + " " + std::string(tag);
      }
    }
    if (others.empty()) return {1, Status::kCorrect, "every tag once"};
    return {value, Status::kWrong, others};
  }
};

}  // namespace

std::unique_ptr<Reward> make_reward(const TagCountConfig&) {
  return std::make_unique<TagCountReward>();
}

}  // namespace hone::rewards
