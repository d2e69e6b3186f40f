#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "rl/gradients.h"
#include "rl/schedule.h"

namespace hone::rl {

/// A running mean for every element of a parameter.
struct Moment {
  at::Tensor values;  // shaped like it, fp32 or uint8
  at::Tensor absmax;  // [blocks of 256]; undefined where the values are fp32
};

/// Adam with decoupled weight decay. Only matrices decay: norms and biases do not.
///
/// Moments are fp32, or with Optim::kAdamW8bit one byte each with a scale for every 256 (see
/// model/kernels/dynamic_map.h). Vectors and tensors of less than 4096 elements stay fp32 then too.
///
/// Source: Loshchilov and Hutter, 1711.05101, algorithm 2; the order of operations is that of
/// torch.optim.AdamW. In 8 bits: Dettmers et al., 2110.02861; what stays fp32 is as in
/// bitsandbytes. Differs: a parameter without a gradient is taken to have a gradient of 0, where
/// torch leaves it out. transformers keeps the moments of embeddings in fp32 where it uses 8 bits;
/// here they are the largest part of a small model.
class AdamW {
 public:
  /// The parameters are shared, not copied, and must be contiguous float tensors on the CPU.
  AdamW(NamedTensors parameters, const OptimizerConfig& config);

  /// One update from the parameters' gradients times a factor (clip_factor()); they stay as they
  /// are.
  void step(double learning_rate, double gradient_factor = 1.0);

  const NamedTensors& parameters() const { return parameters_; }
  const OptimizerConfig& config() const { return config_; }
  std::int64_t steps() const { return steps_; }

  /// Everything a checkpoint has to keep: NAME.exp_avg and NAME.exp_avg_sq of each parameter, their
  /// scales NAME.exp_avg.absmax and NAME.exp_avg_sq.absmax where they are uint8, and "step", int64
  /// [1]. The moments are shared: they change with the next step.
  NamedTensors state() const;

  /// Copies a state in, whatever its order.
  /// Throws: std::invalid_argument naming the tensor that is missing, superfluous or of another
  /// shape or type; the optimizer is then unchanged.
  void load_state(const NamedTensors& state);

 private:
  OptimizerConfig config_;
  NamedTensors parameters_;
  std::vector<Moment> exp_avg_;
  std::vector<Moment> exp_avg_sq_;
  std::int64_t steps_ = 0;
};

}  // namespace hone::rl
