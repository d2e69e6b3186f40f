#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hone::rl {

enum class Decay { kConstant, kLinear, kCosine };
constexpr std::array<std::string_view, 3> enum_names(Decay) {
  return {"constant", "linear", "cosine"};
}

/// How AdamW keeps its moments: in fp32, or in 8 bits. Names of transformers' and TRL's `optim`.
enum class Optim { kAdamW, kAdamW8bit };
constexpr std::array<std::string_view, 2> enum_names(Optim) { return {"adamw", "adamw_8bit"}; }

/// Settings of AdamW and its learning rate.
struct OptimizerConfig {
  Optim optim = Optim::kAdamW;
  double learning_rate = 1e-3;
  std::int64_t warmup_steps = 0;
  Decay decay = Decay::kCosine;
  double min_lr_ratio = 0.0;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double eps = 1e-8;
  double weight_decay = 0.0;
  double max_grad_norm = 1.0;
  double bias_update_speed = 0.001;

  template <class V>
  void fields(V& v) {
    v("optim", optim, "adamw, or adamw_8bit: a quarter of the optimizer's memory");
    v("learning_rate", learning_rate, "peak learning rate", 0.0, 100.0);
    v("warmup_steps", warmup_steps, "steps of linear warm-up", 0, 1 << 30);
    v("decay", decay, "after the warm-up: constant, linear or cosine");
    v("min_lr_ratio", min_lr_ratio, "last learning rate as a share of the peak", 0.0, 1.0);
    v("beta1", beta1, "decay of the first moment", 0.0, 0.999999);
    v("beta2", beta2, "decay of the second moment", 0.0, 0.99999999);
    v("eps", eps, "added to the root of the second moment", 0.0, 1.0);
    v("weight_decay", weight_decay, "decoupled weight decay", 0.0, 10.0);
    v("max_grad_norm", max_grad_norm, "gradients are scaled down to this norm; 0 never", 0.0, 1e9);
    v("bias_update_speed", bias_update_speed,
      "what a step moves the biases of routers by towards an even load; of deepseek_v3 only", 0.0,
      1.0);
  }
};

/// Learning rate of optimizer step `step` (from 0) of `num_steps`.
double learning_rate_at(const OptimizerConfig& config, std::int64_t step, std::int64_t num_steps);

}  // namespace hone::rl
