#pragma once

#include <ATen/core/Tensor.h>

#include "model/decoder.h"
#include "rollout/pack.h"

namespace hone::rl {

/// The sum over completion tokens of their log-probability two tokens before, by the model's layer
/// for multi-token prediction; the first tokens of a sequence have none. `hidden` is what the model
/// gave for the batch, whose rollouts are segments of their own.
/// Source: DeepSeek-V3 (2412.19437), eq. 24.
at::Tensor prediction_logp_sum(const model::Decoder& decoder, const rollout::MicroBatch& micro,
                               const at::Tensor& hidden, const model::ForwardOptions& options);

}  // namespace hone::rl
