#include "rewards/choice.h"

#include <algorithm>
#include <optional>
#include <string>

#include "rewards/math/equal.h"
#include "rewards/math/extract.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kAnswer = "answer:";
constexpr auto kNone = std::string_view::npos;

/// What follows the last "Answer:" of the text, up to the end of its line.
std::optional<std::string_view> answer_line(std::string_view text) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  const auto at = std::find_end(text.begin(), text.end(), kAnswer.begin(), kAnswer.end(), same);
  if (at == text.end()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(at - text.begin()) + kAnswer.size());
  return text.substr(0, text.find('\n'));
}

/// 0 for A, 1 for B and so on.
std::optional<std::int64_t> letter_in(std::string_view text, std::int64_t choices) {
  const std::string normal =
      normalize_text(text);  // in lower case, without stars, boxes and points
  std::string_view rest = normal;
  const bool bracket = rest.starts_with('(');
  if (bracket) rest.remove_prefix(1);
  if (rest.empty()) return std::nullopt;
  const std::int64_t letter = rest.front() - 'a';
  if (letter < 0 || letter >= choices) return std::nullopt;
  rest.remove_prefix(1);
  if (bracket ? !rest.starts_with(')')
              : !rest.empty() && std::string_view(".):").find(rest.front()) == kNone) {
    return std::nullopt;
  }
  return letter;
}

std::string letter_name(std::int64_t letter) { return {static_cast<char>('A' + letter)}; }

class ChoiceReward final : public Reward {
 public:
  explicit ChoiceReward(const ChoiceConfig& config) : config_(config) {}

  Score score(const Sample& sample) const override {
    const auto expected = letter_in(sample.answer, config_.choices);
    if (!expected) {
      return {0, Status::kAbstain, "the reference is no letter: " + shown(sample.answer)};
    }
    const bool opened = opens_reasoning(sample.prompt);
    const Extracted answer = extract_answer(sample.completion, opened);
    std::string_view text = answer.text;
    if (answer.kind == Extracted::Kind::kMissing) {
      const auto line = answer_line(final_part(sample.completion, opened));
      if (!line) return {0, Status::kMalformed, "no <answer>, no \\boxed{} and no \"Answer:\""};
      text = *line;
    } else if (answer.kind == Extracted::Kind::kBroken) {
      return {0, Status::kMalformed, std::string(answer.problem)};
    }
    const auto found = letter_in(text, config_.choices);
    if (!found) return {0, Status::kMalformed, "no letter of a choice: " + shown(trim(text))};
    if (found == expected) return {1, Status::kCorrect, "found " + letter_name(*found)};
    return {0, Status::kWrong,
            "found " + letter_name(*found) + ", expected " + letter_name(*expected)};
  }

 private:
  ChoiceConfig config_;
};

}  // namespace

std::unique_ptr<Reward> make_reward(const ChoiceConfig& config) {
  return std::make_unique<ChoiceReward>(config);
}

}  // namespace hone::rewards
