#include "rl/token_rows.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

namespace hone::rl {
namespace {

at::Tensor row_of_each_token(const std::vector<std::int64_t>& lengths) {
  std::vector<std::int64_t> rows;
  for (std::size_t r = 0; r < lengths.size(); ++r) {
    rows.insert(rows.end(), static_cast<std::size_t>(lengths[r]), static_cast<std::int64_t>(r));
  }
  return at::tensor(rows, at::kLong);
}

}  // namespace

TokenRows::TokenRows(const std::vector<std::int64_t>& lengths, const at::Tensor& mask)
    : row_(row_of_each_token(lengths)),
      mask_(mask),
      counts_(at::zeros({static_cast<std::int64_t>(lengths.size())}, at::kDouble)) {
  TORCH_CHECK(mask.sizes() == row_.sizes(), "TokenRows: lengths and mask do not belong together");
  counts_ = counts_.index_add(0, row_, mask.to(at::kDouble));
}

at::Tensor TokenRows::sum(const at::Tensor& x) const {
  return at::zeros({rows()}, x.options()).index_add(0, row_, x * mask_);
}

at::Tensor TokenRows::mean(const at::Tensor& x) const {
  return sum(x) / counts_.clamp_min(1).to(x.scalar_type());
}

at::Tensor TokenRows::spread(const at::Tensor& y) const { return y.index_select(0, row_); }

}  // namespace hone::rl
