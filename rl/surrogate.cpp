#include "rl/surrogate.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/minimum.h>
#include <c10/util/Exception.h>

#include <algorithm>

#include "rl/kl.h"

namespace hone::rl {
namespace {

// In double and in order: the same bits for any number of threads, unlike at::sum.
double ordered_sum(const at::Tensor& values) {
  const at::Tensor copy = values.detach().to(at::kCPU, at::kDouble).contiguous();
  const double* data = copy.const_data_ptr<double>();
  double sum = 0;
  for (std::int64_t i = 0; i < copy.numel(); ++i) sum += data[i];
  return sum;
}

}  // namespace

LossSums& LossSums::operator+=(const LossSums& other) {
  loss += other.loss;
  tokens += other.tokens;
  kl += other.kl;
  clipped_low += other.clipped_low;
  clipped_high += other.clipped_high;
  return *this;
}

at::Tensor clipped_surrogate(const at::Tensor& logp, const at::Tensor& old_logp,
                             const at::Tensor& advantage, double clip_low, double clip_high) {
  const at::Tensor ratio = at::exp(logp - old_logp);                             // [S]
  const at::Tensor clipped = at::clamp(ratio, 1.0 - clip_low, 1.0 + clip_high);  // [S]
  return -at::minimum(ratio * advantage, clipped * advantage);
}

PolicyLoss policy_loss(const LossPieces& pieces, const at::Tensor& logp, const at::Tensor& old_logp,
                       const at::Tensor& ref_logp, const at::Tensor& advantage,
                       const at::Tensor& weight) {
  TORCH_CHECK(logp.dim() == 1 && old_logp.sizes() == logp.sizes() &&
                  advantage.sizes() == logp.sizes() && weight.sizes() == logp.sizes(),
              "policy_loss: one value a token, [S], is expected of each tensor");
  const at::Tensor taking_part = weight.ne(0);  // [S]
  LossSums sums;

  at::Tensor token_loss =
      clipped_surrogate(logp, old_logp, advantage, pieces.clip_low, pieces.clip_high);  // [S]
  if (pieces.kl_coef != 0.0) {
    TORCH_CHECK(ref_logp.defined() && ref_logp.sizes() == logp.sizes(),
                "policy_loss: a KL needs the reference's log-probabilities, [S]");
    const at::Tensor kl = k3_kl(logp, ref_logp);  // [S]
    token_loss = token_loss + pieces.kl_coef * kl;
    sums.kl = ordered_sum(kl * taking_part);
  }
  const at::Tensor weighted = token_loss * weight;  // [S]

  const at::Tensor ratio = at::exp(logp.detach() - old_logp);
  const at::Tensor low = ratio.lt(1.0 - pieces.clip_low) & advantage.lt(0) & taking_part;
  const at::Tensor high = ratio.gt(1.0 + pieces.clip_high) & advantage.gt(0) & taking_part;
  sums.loss = ordered_sum(weighted);
  sums.tokens = ordered_sum(taking_part);
  sums.clipped_low = ordered_sum(low);
  sums.clipped_high = ordered_sum(high);
  return {weighted.sum(), sums};
}

Metrics loss_metrics(const LossPieces& pieces, const LossSums& sums) {
  const double tokens = std::max(sums.tokens, 1.0);
  Metrics metrics = {{"loss", sums.loss}};
  if (pieces.kl_coef != 0.0) metrics.emplace_back("kl", sums.kl / tokens);
  metrics.emplace_back("clip_ratio/low_mean", sums.clipped_low / tokens);
  metrics.emplace_back("clip_ratio/high_mean", sums.clipped_high / tokens);
  metrics.emplace_back("clip_ratio/region_mean", (sums.clipped_low + sums.clipped_high) / tokens);
  return metrics;
}

}  // namespace hone::rl
