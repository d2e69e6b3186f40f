#include "rl/kl.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/expm1.h>

namespace hone::rl {

at::Tensor k3_kl(const at::Tensor& logp, const at::Tensor& ref_logp) {
  const at::Tensor d = ref_logp - logp;  // [S]
  // expm1: near the reference d is tiny, and e^d - 1 would keep hardly a digit of it.
  return at::expm1(d) - d;
}

}  // namespace hone::rl
