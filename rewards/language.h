#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// What is looked at: the reasoning, or the completion from end to end.
enum class LanguageScope { kThink, kCompletion };
constexpr std::array<std::string_view, 2> enum_names(LanguageScope) {
  return {"think", "completion"};
}

/// Is the chain of thought in one language, told by its script?
struct LanguageConfig {
  static constexpr std::string_view kType = "language_consistency";
  static constexpr bool kIgnoresAnswer = true;
  std::string target;
  LanguageScope scope = LanguageScope::kThink;
  bool count_digits = false;

  template <class V>
  void fields(V& v) {
    v("target", target,
      "latin, han, cyrillic, ... or digits; empty: \"script\" in the problem's metadata");
    v("scope", scope, "the text that counts: think or completion");
    v("count_digits", count_digits, "runs of decimal digits are words of the script \"digits\"");
  }
};

/// The share of words that are of the target script. A word is a run of letters of one script; a
/// character of Han, Hiragana or Katakana is one by itself. Text without a word is in no wrong
/// language: 1. Malformed (0) without a reasoning block, or for an empty completion; abstains where
/// no target is known.
/// Throws: std::invalid_argument for a target that is no script, or "digits" that are not counted.
/// Source: DeepSeek-R1 (2501.12948), section 2.3.2, the language consistency reward.
/// Differs: a script stands for the language, as two languages of one script cannot be told apart
/// without a model.
std::unique_ptr<Reward> make_reward(const LanguageConfig& config);

}  // namespace hone::rewards
