#pragma once

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/kernels/ceil_div.h"
#include "model/kernels/ops.h"

// What the files of ops.h's operations share.
namespace hone::model::ops {

/// Rows of a chunk that one thread works on: also the grain of the sums over rows, which are added
/// up chunk by chunk in order whatever the number of threads.
inline constexpr std::int64_t kRowChunk = 256;

inline std::int64_t rows_of(const at::Tensor& x) { return x.numel() / x.size(-1); }

template <class F>
void for_row_chunks(std::int64_t rows, F f) {
  const std::int64_t chunks = kernels::ceil_div(rows, kRowChunk);
  at::parallel_for(0, chunks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) {
      f(c, c * kRowChunk, std::min(rows, (c + 1) * kRowChunk));
    }
  });
}

/// The weights of several linear layers and their biases, of which there are as many or none: a
/// function's arguments must be defined tensors.
struct Weights {
  std::vector<at::Tensor> weights, biases;
  explicit Weights(const std::vector<LinearOf>& all);
};
inline std::optional<at::Tensor> bias_of(at::TensorList biases, std::size_t layer) {
  return biases.empty() ? std::nullopt : std::optional<at::Tensor>(biases[layer]);
}

/// x W^T + bias. Shapes: [S,K], [N,K], [N] -> [S,N].
at::Tensor multiply(const at::Tensor& x, const at::Tensor& weight,
                    const std::optional<at::Tensor>& bias);

/// x (+)= y W. Shapes: [S,N], [N,K], [S,K].
void add_times(const at::Tensor& y, const at::Tensor& weight, bool accumulate, at::Tensor& x);

/// y^T x. Shapes: [S,N], [S,K] -> [N,K].
at::Tensor times_transposed(const at::Tensor& y, const at::Tensor& x);

/// A sum of rows. Shapes: [S,N] -> [N].
at::Tensor sum_rows(const at::Tensor& y);

/// The gradients of several linear layers of one x, out of those of their results. x, the weights
/// and the biases, where there are any, are the first inputs of the function, in this order.
torch::autograd::variable_list linears_backward(torch::autograd::AutogradContext* ctx,
                                                const at::Tensor& x, at::TensorList weights,
                                                bool biased,
                                                const torch::autograd::variable_list& dys);

}  // namespace hone::model::ops
