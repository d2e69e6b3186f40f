#pragma once

#include <cstdint>
#include <vector>

namespace hone::model::kernels {

/// A matrix in memory, element (i, j) at data[i * row + j * column]: a transpose is two strides.
struct ConstMatrix {
  const float* data;
  std::int64_t row;
  std::int64_t column;
};

/// C [M,N] = A [M,K] B [K,N], or C += A B. Every output is one chain of fused multiply-adds over k
/// in rising order, so its bits depend neither on the other rows and columns, nor on the tiling,
/// the number of threads or the instruction set. C has contiguous rows, `c_row` floats apart.
void gemm(const ConstMatrix& a, const ConstMatrix& b, float* c, std::int64_t c_row, std::int64_t m,
          std::int64_t n, std::int64_t k, bool accumulate);

/// A weight [N,K] laid out for decoding: panels of 48 outputs, [N/48][K][48], zero-padded.
struct PackedWeight {
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::vector<float> panels;

  std::int64_t num_panels() const;
};

PackedWeight pack_weight(const float* weight, std::int64_t n, std::int64_t k);

/// C [M,N] = A [M,K] W^T on the calling thread, for the panels in [panel_begin, panel_end) only;
/// with `accumulate`, C += A W^T. The same bits as gemm().
void gemm_packed(const float* a, std::int64_t a_row, const PackedWeight& weight, float* c,
                 std::int64_t c_row, std::int64_t m, std::int64_t panel_begin,
                 std::int64_t panel_end, bool accumulate);

}  // namespace hone::model::kernels
