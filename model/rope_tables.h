#pragma once

#include <ATen/core/Tensor.h>

#include "model/config.h"

namespace hone::model {

/// Cosines and sines of all positions, [positions, H], for each kind of layer.
struct RopeTables {
  at::Tensor whole;     // of layers that see everything
  at::Tensor windowed;  // of layers with a window; the same tensor but in Gemma 3

  const at::Tensor& of(bool window) const { return window ? windowed : whole; }
};

/// `length` is the number of tokens of the sequence, which only dynamic RoPE looks at.
RopeTables rope_tables(const ModelConfig& config, std::int64_t positions, std::int64_t length);

}  // namespace hone::model
