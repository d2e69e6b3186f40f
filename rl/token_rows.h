#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace hone::rl {

/// Which of S packed tokens belong to which of R completions, and which of them take part. Sums run
/// over those that do.
class TokenRows {
 public:
  /// `lengths` add up to S; `mask` is [S] bool.
  TokenRows(const std::vector<std::int64_t>& lengths, const at::Tensor& mask);

  /// Shapes: x [S] -> [R]; differentiable in x.
  at::Tensor sum(const at::Tensor& x) const;
  /// The same over the row's number of tokens, 0 for a row without any.
  at::Tensor mean(const at::Tensor& x) const;
  /// Each row's value for all of its tokens. Shapes: y [R] -> [S]
  at::Tensor spread(const at::Tensor& y) const;

  const at::Tensor& mask() const { return mask_; }
  /// Tokens of each row that take part, [R].
  const at::Tensor& counts() const { return counts_; }
  std::int64_t rows() const { return counts_.size(0); }

 private:
  at::Tensor row_;     // [S] int64
  at::Tensor mask_;    // [S] bool
  at::Tensor counts_;  // [R] double
};

}  // namespace hone::rl
