#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// What n-grams are made of.
enum class RepetitionUnit { kWords, kCharacters, kTokens };
constexpr std::array<std::string_view, 3> enum_names(RepetitionUnit) {
  return {"words", "characters", "tokens"};
}

/// The share of a completion's n-grams that stood in it before, whatever the case of letters: 0 if
/// all differ or there are none, towards 1 for a text that goes round in circles. Words are what
/// stands between white space. Takes time in proportion to the text, whatever n.
double repeated_share(const Sample& sample, RepetitionUnit unit, std::int64_t n);

/// How much of the completion is said again?
struct RepetitionConfig {
  static constexpr std::string_view kType = "repetition_penalty";
  static constexpr bool kIgnoresAnswer = true;
  std::int64_t ngram_size = 3;
  double max_penalty = -1.0;
  RepetitionUnit unit = RepetitionUnit::kWords;

  template <class V>
  void fields(V& v) {
    v("ngram_size", ngram_size, "units in a row that count as a repetition", 1, 1 << 20);
    v("max_penalty", max_penalty, "the score of endless repetition; not above 0", -1e6, 0.0);
    v("unit", unit,
      "what is counted: words, characters (where words have no spaces between) or tokens");
  }
};

/// repeated_share() * max_penalty. Abstains where tokens are to be counted and are not known.
/// Source: Demystifying Long Chain-of-Thought (2502.03373), appendix C.2; words as in open-r1's
/// get_repetition_penalty_reward, tokens as in TRL's.
/// Differs: characters can be counted, for scripts without spaces.
std::unique_ptr<Reward> make_reward(const RepetitionConfig& config);

}  // namespace hone::rewards
