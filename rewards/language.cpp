#include "rewards/language.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "rewards/math/extract.h"
#include "rewards/text.h"
#include "rewards/unicode.h"

namespace hone::rewards {
namespace {

struct WordCount {
  std::int64_t all = 0;
  std::int64_t of_target = 0;
  std::string first_other;  // where the first word of another script stands
};

std::size_t tag_length(std::string_view text) {
  if (!text.starts_with('<')) return 0;
  for (const std::string_view tag : kTags) {
    if (text.starts_with(tag)) return tag.size();
  }
  return 0;
}

WordCount count_words(std::string_view text, Script target, bool count_digits) {
  WordCount words;
  Script running = kNoScript;  // of the word that is being read
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (const std::size_t tag = tag_length(text.substr(at)); tag > 0) {
      at += tag;
      running = kNoScript;
      continue;
    }
    const CodePoint c = next_code_point(text, at);
    if (is_mark(c)) continue;
    Script script = script_of(c);
    if (script == kDigits && !count_digits) script = kNoScript;
    if (script != kNoScript && (script != running || stands_alone(script))) {
      ++words.all;
      if (script == target) {
        ++words.of_target;
      } else if (words.first_other.empty()) {
        words.first_other = script_name(script) + " at " + shown(text.substr(begin), 20);
      }
    }
    running = script;
  }
  return words;
}

std::optional<std::string> script_in(std::string_view metadata) {
  const auto parsed = nlohmann::json::parse(metadata, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return std::nullopt;
  const auto found = parsed.find("script");
  if (found == parsed.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

Score share_score(const WordCount& words, Script target) {
  if (words.all == 0) return {1, Status::kCorrect, "no word, so none of another language"};
  const std::string counts = std::to_string(words.of_target) + " of " + std::to_string(words.all) +
                             " words are " + script_name(target);
  if (words.of_target == words.all) return {1, Status::kCorrect, counts};
  const double share = static_cast<double>(words.of_target) / static_cast<double>(words.all);
  return {share, Status::kWrong, counts + "; the first other: " + words.first_other};
}

class LanguageReward final : public Reward {
 public:
  explicit LanguageReward(const LanguageConfig& config) : config_(config) {
    if (config.target.empty()) return;
    target_ = script_by_name(config.target);
    if (!target_) {
      throw std::invalid_argument(
          "target: expected a script such as latin, han or cyrillic, or "
          "digits, got " +
          shown(config.target));
    }
    if (!counts(*target_)) {
      throw std::invalid_argument("target = \"digits\" needs count_digits = true");
    }
  }

  Score score(const Sample& sample) const override {
    std::optional<Script> target = target_;
    if (!target) {
      const std::optional<std::string> name = script_in(sample.metadata);
      if (!name) return {0, Status::kAbstain, "the problem's metadata names no \"script\""};
      target = script_by_name(*name);
      if (!target) return {0, Status::kAbstain, "the problem's script is unknown: " + shown(*name)};
      if (!counts(*target)) return {0, Status::kAbstain, "digits are not counted"};
    }
    std::string_view text = sample.completion;
    if (config_.scope == LanguageScope::kThink) {
      const auto reasoning = reasoning_part(text, opens_reasoning(sample.prompt));
      if (!reasoning) return {0, Status::kMalformed, "no <think>..</think>"};
      text = *reasoning;
    } else if (trim(text).empty()) {
      return {0, Status::kMalformed, "the completion is empty"};
    }
    return share_score(count_words(text, *target, config_.count_digits), *target);
  }

 private:
  bool counts(Script script) const { return script != kDigits || config_.count_digits; }

  LanguageConfig config_;
  std::optional<Script> target_;  // none: each problem has its own
};

}  // namespace

std::unique_ptr<Reward> make_reward(const LanguageConfig& config) {
  return std::make_unique<LanguageReward>(config);
}

}  // namespace hone::rewards
