#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "rl/schedule.h"

namespace hone::rl {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// What the gradients of an optimizer step came to.
struct GradientNorm {
  double norm = 0;         // of all gradients together, before clipping
  std::string non_finite;  // the first tensor whose gradient holds a NaN or an infinity, or empty
};

/// Scales all gradients down so that their norm is at most max_norm (0: never); where one is not
/// finite, nothing is changed. The sums have a fixed order: the same bits for any number of
/// threads. Source: torch.nn.utils.clip_grad_norm_, the 1e-6 beside the norm included.
GradientNorm clip_gradients(const NamedTensors& parameters, double max_norm);

/// Throws: GuardError naming the tensor if the loss or a gradient is not finite, and the weight
/// that already was not, if there is one.
void check_finite(double loss, const GradientNorm& norm, const NamedTensors& parameters);

/// Lets go of the gradients and their memory.
void reset_gradients(const NamedTensors& parameters);

/// Adam with decoupled weight decay in fp32. Only matrices decay: norms and biases do not.
///
/// Source: Loshchilov and Hutter, 1711.05101, algorithm 2; the order of operations is that of
/// torch.optim.AdamW.
/// Differs: a parameter without a gradient is taken to have a gradient of 0, where torch leaves it
/// out.
class AdamW {
 public:
  /// The parameters are shared, not copied, and must be contiguous float tensors on the CPU.
  AdamW(NamedTensors parameters, const OptimizerConfig& config);

  /// One update from the parameters' gradients, which stay as they are.
  void step(double learning_rate);

  const NamedTensors& parameters() const { return parameters_; }
  std::int64_t steps() const { return steps_; }

  /// Everything a checkpoint has to keep: NAME.exp_avg and NAME.exp_avg_sq of each parameter, and
  /// "step", int64 [1]. The moments are shared: they change with the next step.
  NamedTensors state() const;

  /// Copies a state in, whatever its order.
  /// Throws: std::invalid_argument naming the tensor that is missing, superfluous or of another
  /// shape or type; the optimizer is then unchanged.
  void load_state(const NamedTensors& state);

 private:
  OptimizerConfig config_;
  NamedTensors parameters_;
  std::vector<at::Tensor> exp_avg_;     // first moments, like the parameters
  std::vector<at::Tensor> exp_avg_sq_;  // second moments
  std::int64_t steps_ = 0;
};

}  // namespace hone::rl
