#include "rl/reference.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include "rl/grpo_update.h"
#include "rl/kl.h"
#include "rl/presets.h"

namespace hone::rl {

void sync_reference(model::Decoder& reference, const model::Decoder& policy, double alpha) {
  const c10::InferenceMode no_gradients;
  const auto source = policy.named_parameters();
  const auto target = reference.named_parameters();
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (alpha == 1) {
      target[i].second.copy_(source[i].second);
    } else {
      target[i].second.mul_(1 - alpha).add_(source[i].second, alpha);
    }
  }
}

std::vector<double> completion_kls(const model::Decoder& reference,
                                   const std::vector<rollout::Rollout>& rollouts,
                                   const GrpoConfig& config) {
  const std::vector<TokenValues> values = token_values(reference, rollouts, config);
  const KlEstimator estimator = resolve(config.loss).kl_estimator;
  std::vector<double> sums;
  for (std::size_t i = 0; i < rollouts.size(); ++i) {
    const at::Tensor kl =
        kl_estimate(estimator, at::tensor(rollouts[i].logprobs), at::tensor(values[i].logp));
    // In order: at::sum's bits depend on the number of threads.
    double sum = 0;
    for (std::int64_t t = 0; t < kl.numel(); ++t) sum += kl.const_data_ptr<float>()[t];
    sums.push_back(sum);
  }
  return sums;
}

}  // namespace hone::rl
