#pragma once

#include <ATen/ops/cat.h>

#include <cstring>
#include <initializer_list>
#include <vector>

#include "model/decode.h"

// What the parts of a decode step share.
namespace hone::model {

inline const float* data_of(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.data_ptr<float>() : nullptr;
}

/// Weights one below the other, packed; empty where there are none.
inline kernels::PackedMatrix pack(std::initializer_list<at::Tensor> weights) {
  if (!weights.begin()->defined()) return {};
  const at::Tensor all =
      (weights.size() == 1 ? *weights.begin() : at::cat(std::vector(weights))).contiguous();
  return kernels::pack_weight(all.data_ptr<float>(), all.size(0), all.size(1));
}

/// Some columns of y [rows, N] = x W^T + bias; rows of x are `x_row` floats apart.
inline void linear(const float* x, std::int64_t x_row, std::int64_t rows,
                   const kernels::PackedMatrix& weight, const std::vector<float>& bias,
                   Range columns, float* y) {
  const std::int64_t width = columns.end - columns.begin;
  for (std::int64_t r = 0; r < rows && !bias.empty(); ++r) {
    std::memcpy(y + r * weight.n + columns.begin, bias.data() + columns.begin,
                sizeof(float) * width);
  }
  kernels::gemm_packed(x, x_row, weight, y, weight.n, rows, columns.begin, columns.end,
                       !bias.empty());
}
inline void linear(const float* x, std::int64_t rows, const kernels::PackedMatrix& weight,
                   const std::vector<float>& bias, Range columns, float* y) {
  linear(x, weight.k, rows, weight, bias, columns, y);
}

}  // namespace hone::model
