#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "model/config.h"
#include "model/kernels/aligned.h"
#include "model/kernels/softmax.h"

namespace hone::model {

/// The activations of a layer that a forward pass is mostly spent on: the results of its products
/// and of its attention. What lies between them is cheap and made again. Decoding computes the same
/// floats as training, so that those of a sampled token can be kept for the training pass.
struct ActivationLayout {
  struct Part {
    std::int64_t offset;  // floats of a token before it
    std::int64_t width;
  };
  // Before norms, RoPE and activation functions; `softmax` is maximum and sum for each query head.
  Part q, k, v, mixed, o, gate, up, down, softmax;
  std::int64_t token_floats;  // of all parts
  std::int64_t layers;

  explicit ActivationLayout(const ModelConfig& config);
  /// Not with latent attention or experts, whose layers have other parts.
  static bool covers(const ModelConfig& config);
  std::int64_t token_bytes() const {
    return token_floats * layers * static_cast<std::int64_t>(sizeof(float));
  }
};

/// The activations of some consecutive tokens of a sequence. Memory is taken where it is written.
class Activations {
 public:
  Activations(const ActivationLayout& layout, std::int64_t tokens);

  /// A token's part of a layer; those of the next tokens lie behind it.
  float* of(std::int64_t layer, const ActivationLayout::Part& part, std::int64_t token) {
    return layers_[static_cast<std::size_t>(layer)].data() + part.offset * tokens_ +
           part.width * token;
  }
  const float* of(std::int64_t layer, const ActivationLayout::Part& part) const {
    return layers_[static_cast<std::size_t>(layer)].data() + part.offset * tokens_;
  }

  std::vector<kernels::SoftmaxSummary> softmaxes;  // that a completion's tokens were drawn from

 private:
  std::int64_t tokens_;
  std::vector<kernels::AlignedFloats> layers_;  // part by part, token by token
};

/// The first tokens of what was kept, as they stand in a packed batch.
struct KeptTokens {
  const Activations* activations;
  std::int64_t tokens;
};

/// One part of one layer for all tokens of a batch where it lies, [tokens, width] each.
std::vector<at::Tensor> views(const std::vector<KeptTokens>& kept, std::int64_t layer,
                              const ActivationLayout::Part& part);

/// The same as one, [S, width].
at::Tensor gather(const std::vector<KeptTokens>& kept, std::int64_t layer,
                  const ActivationLayout::Part& part);

}  // namespace hone::model
