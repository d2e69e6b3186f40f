#pragma once

#include <cstdint>
#include <string_view>

namespace hone::rewards {

/// How often a completion says a word of self-correction: wait, mistake, however, but, retry,
/// error, verify, wrong, evaluate, check. Whole words, in any ASCII case: "Check" counts,
/// "checked" does not. A figure to watch, not a reward: what is paid for, a model says.
/// Source: DeepSeek-R1 (2501.12948, v2), appendix on reflective behaviours, its list of words.
std::int64_t count_reflection_words(std::string_view completion);

}  // namespace hone::rewards
