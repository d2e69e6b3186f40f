#pragma once

#include <string>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// An answer without what does not change its meaning: ASCII case, runs of white space, and around
/// it `$`, punctuation, quotes, bold stars, math delimiters, `\boxed{}`, `\text{}` and the like.
/// Idempotent. Text that is nothing but punctuation stays as it is.
std::string normalize_text(std::string_view text);

/// One key for each class of equal answers: numbers by value, all else by normalized text. Empty
/// for an empty answer, which equals nothing. Equality of keys is the only notion of equality here,
/// so it is symmetric and transitive; votes can count keys.
std::string answer_key(std::string_view text);

/// Judges an answer against the reference: 1 or 0. No reference: kAbstain; empty: kMalformed.
Score judge_answer(std::string_view found, std::string_view reference);

}  // namespace hone::rewards
