#include "rl/importance.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp.h>

namespace hone::rl {

at::Tensor importance_weights(const LossPieces& pieces, const TokenRows& rows,
                              const at::Tensor& old_logp, const at::Tensor& sampling_logp) {
  const ImportanceSampling mode = pieces.importance_sampling;
  const bool truncate =
      mode == ImportanceSampling::kTokenTruncate || mode == ImportanceSampling::kSequenceTruncate;
  at::Tensor difference = (old_logp - sampling_logp).detach() * rows.mask();
  if (by_sequence(mode)) difference = rows.spread(rows.sum(difference));
  const at::Tensor ratio = difference.exp();
  const double low = pieces.importance_sampling_min;
  const double high = pieces.importance_sampling_max;
  if (truncate) return at::clamp(ratio, low, high);
  return ratio.masked_fill((ratio < low).logical_or(ratio > high), 0.0);
}

at::Tensor off_policy_mask(double threshold, const TokenRows& rows, const at::Tensor& logp,
                           const at::Tensor& sampling_logp, const at::Tensor& advantage) {
  const at::Tensor drift = rows.spread(rows.mean(sampling_logp - logp.detach()));
  return (advantage >= 0).logical_or(drift <= threshold).to(logp.scalar_type());
}

}  // namespace hone::rl
