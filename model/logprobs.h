#pragma once

#include <cstdint>
#include <vector>

#include "model/decoder.h"
#include "model/kernels/ops.h"

namespace hone::model {

/// Log-probabilities of chosen tokens of a batch, [n] each.
using TokenLogprobs = ops::Logprobs;

/// For each i: the log-probability of token `targets[i]` after the packed token `sources[i]`, with
/// logits divided by the temperature. A `known` result, kept when these weights drew the tokens, is
/// taken as it is; without gradients there is nothing left to compute then.
TokenLogprobs token_logprobs(const Decoder& decoder, const PackedBatch& batch,
                             const std::vector<std::int64_t>& sources,
                             const std::vector<std::int32_t>& targets, double temperature,
                             const ForwardOptions& options = {}, const TokenLogprobs& known = {});

/// The same of hidden states that are there already: of the model, or of its prediction layer.
TokenLogprobs state_logprobs(const Decoder& decoder, const at::Tensor& hidden,
                             const std::vector<std::int64_t>& sources,
                             const std::vector<std::int32_t>& targets, double temperature,
                             const TokenLogprobs& known = {});

/// Log-probabilities of ids[1:], temperature 1, without gradients.
std::vector<float> sequence_logprobs(const Decoder& decoder, const std::vector<std::int32_t>& ids,
                                     const ForwardOptions& options = {});

}  // namespace hone::model
