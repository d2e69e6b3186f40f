#pragma once

#include <string>

#include "rl/evaluate.h"

namespace hone::tools {

/// The figures of an evaluation for a person: one a line, then a row for each reading where there
/// are several, and how completions were drawn and read.
std::string eval_table(const rl::EvalResult& result);

/// Why completions have no answer, with two of them, and the option that would read them. Empty
/// where all have one.
std::string no_answer_text(const rl::Completions& completions, const rl::MeasureConfig& config);

/// So many of the sampled completions, of different problems first: prompt, completion, reference
/// answer, and each reading's verdict with its reason.
std::string shown_completions(const rl::Completions& completions, const rl::MeasureConfig& config,
                              std::int64_t count);

}  // namespace hone::tools
