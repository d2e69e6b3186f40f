#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "model/config.h"
#include "model/kernels/aligned.h"

namespace hone::model {

/// Where the activations of a token stand that a forward pass is mostly spent on: the results of
/// each layer's products and of its attention. What lies between them is cheap and made again.
/// Decoding computes the same floats as training, so that those of a sampled token can be kept for
/// the training pass.
struct ActivationLayout {
  struct Part {
    std::int64_t offset;  // within a layer's floats
    std::int64_t width;
  };
  // Before norms, RoPE and activation functions; q, k and v side by side; `softmax` is maximum and
  // sum for each query head.
  Part q, k, v, mixed, softmax, o, gate, up, down;
  std::int64_t layer;  // floats of a layer
  std::int64_t token;  // of all layers

  explicit ActivationLayout(const ModelConfig& config);
  /// Not with latent attention or experts, whose layers have other parts.
  static bool covers(const ModelConfig& config);
};

/// The activations of some consecutive tokens of a sequence. Memory is taken when it is written.
struct Activations {
  Activations(const ActivationLayout& layout, std::int64_t tokens)
      : token_floats(layout.token), data(static_cast<std::size_t>(layout.token * tokens)) {}

  float* of(std::int64_t token) { return data.data() + token * token_floats; }

  std::int64_t token_floats;
  kernels::AlignedFloats data;
};

/// One part of one layer for many tokens, [S, width].
at::Tensor gather(const std::vector<const float*>& tokens, const ActivationLayout& layout,
                  std::size_t layer, const ActivationLayout::Part& part);

}  // namespace hone::model
