#include "rl/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hone::rl {

double learning_rate_at(const OptimizerConfig& config, std::int64_t step, std::int64_t num_steps) {
  // Step 0 already learns, unlike in transformers, whose warm-up spends its first step at 0.
  if (step < config.warmup_steps) {
    return config.learning_rate * static_cast<double>(step + 1) /
           static_cast<double>(config.warmup_steps);
  }
  const double left =
      static_cast<double>(std::max<std::int64_t>(1, num_steps - config.warmup_steps));
  const double progress =
      std::clamp(static_cast<double>(step - config.warmup_steps) / left, 0.0, 1.0);
  double share = 1.0;  // of the way from the last learning rate up to the peak
  switch (config.decay) {
    case Decay::kConstant:
      return config.learning_rate;
    case Decay::kLinear:
      share = 1.0 - progress;
      break;
    case Decay::kCosine:
      share = 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
      break;
  }
  return config.learning_rate * (config.min_lr_ratio + (1.0 - config.min_lr_ratio) * share);
}

}  // namespace hone::rl
