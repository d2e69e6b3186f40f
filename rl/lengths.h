#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/tokenizer.h"
#include "rl/sft_data.h"
#include "rollout/problems.h"
#include "rollout/rollout.h"

namespace hone::rl {

// A file is looked through before anything starts: one text that is too long would stop a run in
// its middle. Data without end is left to the stage that meets it.

/// Asked for only where a text has enough bytes to be too long.
using TokenizerSource = std::function<std::shared_ptr<const model::Tokenizer>()>;

/// Throws: DataError naming file and line of the first prompt that leaves no room in the context.
void check_prompt_lengths(const rollout::ProblemSource& problems, std::int64_t context,
                          const TokenizerSource& tokenizer);

/// Throws: DataError naming file and line of the first example of more than `limit` tokens.
void check_example_lengths(const TextPairs& pairs, std::int64_t limit,
                           const TokenizerSource& tokenizer);

/// Throws: DataError naming the first rollout of more than `context` tokens. One that another model
/// wrote may be longer than this one can see.
void check_rollout_lengths(const std::vector<rollout::Rollout>& rollouts, std::int64_t context,
                           const std::string& whose);

}  // namespace hone::rl
