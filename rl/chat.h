#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "rl/sft_data.h"
#include "rollout/problems.h"

namespace hone::rl {

/// Problems as conversations, through the chat template of this checkpoint.
/// Throws: DataError if it has none, or one that cannot be used or refuses the first problem.
std::shared_ptr<const rollout::ProblemSource> as_conversations(
    std::shared_ptr<const rollout::ProblemSource> problems, const ChatConfig& config,
    const std::filesystem::path& model);

/// The same of the prompts of supervised data. The completions stay as they are.
std::unique_ptr<const TextPairs> as_conversations(std::unique_ptr<const TextPairs> pairs,
                                                  const ChatConfig& config,
                                                  const std::filesystem::path& model);

}  // namespace hone::rl
