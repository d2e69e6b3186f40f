#pragma once

#include "model/decoder.h"

namespace hone::model {

/// Decoder::hidden_states on plain LibTorch operations, in the weights' own type: what the kernels'
/// results and gradients are tested against.
at::Tensor reference_hidden_states(const Decoder& decoder, const PackedBatch& batch,
                                   const ForwardOptions& options = {});

/// Decoder::prediction_states likewise.
at::Tensor reference_prediction_states(const Decoder& decoder, const at::Tensor& hidden,
                                       const std::vector<std::int32_t>& next,
                                       const PackedBatch& batch,
                                       const ForwardOptions& options = {});

}  // namespace hone::model
