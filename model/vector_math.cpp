#include "model/vector_math.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/tanh.h>

namespace hone::model {

void set_up_vector_math() {
  const at::Tensor x = at::full({64}, 0.5f);
#pragma omp parallel num_threads(at::get_num_threads())
#pragma omp critical
  for (const auto function : {at::exp, at::log, at::tanh, at::sin, at::cos}) function(x);
}

}  // namespace hone::model
