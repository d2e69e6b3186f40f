#include "rl/kl.h"

#include <ATen/TensorOperators.h>
#include <c10/util/Exception.h>

namespace hone::rl {

at::Tensor kl_estimate(KlEstimator estimator, const at::Tensor& logp, const at::Tensor& ref_logp) {
  const at::Tensor d = ref_logp - logp;  // [S]
  switch (estimator) {
    case KlEstimator::kK1:
      return -d;
    case KlEstimator::kK2:
      return 0.5 * d * d;
    case KlEstimator::kK3:
      // expm1: near the reference d is tiny, and e^d - 1 would keep hardly a digit of it.
      return d.expm1() - d;
  }
  TORCH_CHECK(false, "kl_estimate: no such estimator");
}

}  // namespace hone::rl
