#include "rl/lengths.h"

#include "model/error.h"

namespace hone::rl {
namespace {

// A text has at most a token a byte, and a few special ones.
constexpr std::int64_t kSpecialTokens = 8;

std::int64_t bytes(const std::string& text) { return static_cast<std::int64_t>(text.size()); }

}  // namespace

void check_prompt_lengths(const rollout::ProblemSource& problems, std::int64_t context,
                          const TokenizerSource& tokenizer) {
  for (std::uint64_t i = 0; i < problems.size(); ++i) {
    const rollout::Problem problem = problems.at(i);
    if (bytes(problem.prompt) + kSpecialTokens < context) continue;
    const auto tokens = tokenizer()->encode_prompt(problem.prompt, problem.chat).size();
    if (static_cast<std::int64_t>(tokens) < context) continue;
    throw DataError(
        problems.place(i),
        "a prompt of fewer tokens than the model's context of " + std::to_string(context),
        std::to_string(tokens));
  }
}

void check_example_lengths(const TextPairs& pairs, std::int64_t limit,
                           const TokenizerSource& tokenizer) {
  for (const TextPairs* part : pairs.parts()) {
    for (std::uint64_t i = 0; i < part->size(); ++i) {
      const TextPair pair = part->at(i);
      if (bytes(pair.prompt) + bytes(pair.completion) + kSpecialTokens <= limit) continue;
      const auto model_tokenizer = tokenizer();
      const auto tokens = model_tokenizer->encode_prompt(pair.prompt, pair.chat).size() +
                          model_tokenizer->encode(pair.completion, false).size() + 1;  // its end
      if (static_cast<std::int64_t>(tokens) <= limit) continue;
      throw DataError(part->place(i),
                      "at most " + std::to_string(limit) + " tokens (max_length, or the context)",
                      std::to_string(tokens));
    }
  }
}

void check_rollout_lengths(const std::vector<rollout::Rollout>& rollouts, std::int64_t context,
                           const std::string& whose) {
  for (const rollout::Rollout& rollout : rollouts) {
    const auto length = static_cast<std::int64_t>(rollout.tokens.size());
    if (length <= context) continue;
    throw DataError("completion of \"" + rollout.prompt.substr(0, 60) + "\"",
                    "at most " + std::to_string(context) + " tokens with its prompt, " + whose,
                    std::to_string(length));
  }
}

}  // namespace hone::rl
