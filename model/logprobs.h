#pragma once

#include <cstdint>
#include <vector>

#include "model/decoder.h"

namespace hone::model {

/// Log-probabilities of chosen tokens of a batch.
struct TokenLogprobs {
  at::Tensor logp;      // [n], nats; differentiable
  at::Tensor entropy;   // [n], nats: of the distribution each token was drawn from
  at::Tensor top_logp;  // [n]: of the likeliest token; no gradient
};

/// For each i: the log-probability of token `targets[i]` after the packed token `sources[i]`, with
/// logits divided by the temperature.
TokenLogprobs token_logprobs(const Decoder& decoder, const PackedBatch& batch,
                             const std::vector<std::int64_t>& sources,
                             const std::vector<std::int32_t>& targets, double temperature,
                             const ForwardOptions& options = {});

/// The same of hidden states that are there already: of the model, or of its prediction layer.
TokenLogprobs state_logprobs(const Decoder& decoder, const at::Tensor& hidden,
                             const std::vector<std::int64_t>& sources,
                             const std::vector<std::int32_t>& targets, double temperature);

/// Log-probabilities of ids[1:], temperature 1, without gradients.
std::vector<float> sequence_logprobs(const Decoder& decoder, const std::vector<std::int32_t>& ids,
                                     const ForwardOptions& options = {});

}  // namespace hone::model
