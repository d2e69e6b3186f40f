#pragma once

#include <string>
#include <vector>

#include "rl/optimizer.h"
#include "rl/policy.h"
#include "rl/sft_data.h"
#include "rl/stage.h"
#include "rollout/rollout.h"

namespace hone::rl {

/// A prompt and the completion to be learnt, with the end token, as a rollout without a history.
rollout::Rollout example_of(const Policy& policy, const TextPair& pair);

/// One optimizer step of maximum likelihood on the examples' completions: the mean over all their
/// tokens, whatever the split into micro-batches. Where the model has a layer for multi-token
/// prediction, its loss over the same tokens is added with a weight. Gives loss (without that),
/// mean_token_accuracy, entropy, mtp_loss, grad_norm, learning_rate and how even the experts' load
/// was. Throws: GuardError for a non-finite loss or gradient.
Metrics supervised_step(const Policy& policy, AdamW& optimizer,
                        const std::vector<rollout::Rollout>& examples,
                        std::int64_t micro_batch_tokens, double learning_rate,
                        model::ForwardOptions options = {}, double mtp_loss_weight = 0);

/// Everything a step has to say, in the order it is logged: what supervised_step() gave, the tokens
/// trained on so far, and what the step's own tokens took.
Metrics supervised_metrics(Metrics trained, std::int64_t tokens_seen, std::int64_t step_tokens,
                           double seconds);

}  // namespace hone::rl
