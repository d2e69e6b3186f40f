#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace hone::rl {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// What the gradients of an optimizer step came to.
struct GradientNorm {
  double norm = 0;         // of all gradients together
  std::string non_finite;  // the first tensor whose gradient holds a NaN or an infinity, or empty
};

/// The sums have a fixed order: the same bits for any number of threads.
GradientNorm gradient_norm(const NamedTensors& parameters);

/// What gradients of this norm have to be multiplied with so that it is at most max_norm (0: never
/// clipped). Source: torch.nn.utils.clip_grad_norm_, the 1e-6 beside the norm included.
double clip_factor(double norm, double max_norm);

/// Throws: GuardError naming the tensor if the loss or a gradient is not finite, and the weight
/// that already was not, if there is one.
void check_finite(double loss, const GradientNorm& norm, const NamedTensors& parameters);

/// Lets go of the gradients and their memory.
void reset_gradients(const NamedTensors& parameters);

/// A loss's gradient for each parameter, undefined where it has none; the parameters' own stay as
/// they are, so that several threads can do so at once.
std::vector<at::Tensor> gradients_of(const at::Tensor& loss, const NamedTensors& parameters);

/// Adds such gradients to the parameters' own, which may take their memory; nothing if there are
/// none.
void add_gradients(const NamedTensors& parameters, const std::vector<at::Tensor>& gradients);

}  // namespace hone::rl
