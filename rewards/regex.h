#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// What text is looked at.
enum class RegexScope { kCompletion, kAnswer, kThink };
constexpr std::array<std::string_view, 3> enum_names(RegexScope) {
  return {"completion", "answer", "think"};
}

/// Does the completion match a regular expression?
struct RegexConfig {
  static constexpr std::string_view kType = "regex";
  std::string pattern;
  RegexScope scope = RegexScope::kCompletion;
  bool whole = false;

  template <class V>
  void fields(V& v) {
    v("pattern", pattern, "PCRE2's syntax; empty: the problem's reference answer is the pattern");
    v("scope", scope, "the text that is looked at: completion, answer or think");
    v("whole", whole, "the text must match from end to end, white space around it apart");
  }
};

/// 1 if it matches, else 0. Malformed where there is no answer, or no reasoning, to look at.
/// Abstains where the search takes more than a million steps, the text is longer than 256 KiB, or
/// the problem's pattern is none.
/// Throws: std::invalid_argument for a pattern that is none.
std::unique_ptr<Reward> make_reward(const RegexConfig& config);

}  // namespace hone::rewards
