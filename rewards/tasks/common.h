#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rewards/reward.h"

namespace hone::rewards {

/// `<think>THINK</think><answer>ANSWER</answer>`, the form that every trace has, long or short.
std::string completion_text(std::string_view think, std::string_view answer);

/// What a task's verifier does when its answers are plain text or numbers.
Score verify_text(const Sample& sample);

/// The same where only the very text of the answer is right, white space around it apart.
Score verify_exact(const Sample& sample);

/// Throws: std::invalid_argument if `min_WHAT` is more than `max_WHAT`.
void require_range(std::string_view what, std::int64_t min, std::int64_t max);

/// Throws: std::invalid_argument, as a prompt that another task made is the caller's mistake.
[[noreturn]] void not_a_problem_of(std::string_view task, std::string_view prompt);

/// Adds a step to a chain of thought: `3*7=1;1+4=5`.
void add_step(std::string& think, const std::string& step);

}  // namespace hone::rewards
