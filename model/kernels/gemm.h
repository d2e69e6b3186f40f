#pragma once

#include <cstdint>

#include "model/kernels/aligned.h"

namespace hone::model::kernels {

/// A matrix in memory, element (i, j) at data[i * row + j * column]: a transpose is two strides.
struct ConstMatrix {
  const float* data;
  std::int64_t row;
  std::int64_t column;
};

/// C [M,N] = A [M,K] B [K,N], or C += A B. Every output is one chain of fused multiply-adds over k
/// in rising order, so its bits depend neither on the other rows and columns, nor on the tiling,
/// the number of threads or the instruction set. B has contiguous rows or columns, C contiguous
/// rows, `c_row` floats apart.
void gemm(const ConstMatrix& a, const ConstMatrix& b, float* c, std::int64_t c_row, std::int64_t m,
          std::int64_t n, std::int64_t k, bool accumulate);

constexpr std::int64_t kPanel = 48;  // columns of B that are worked on together

/// A matrix B [K,N] laid out for the tiles: panels of columns, [N/kPanel][K][kPanel], zero-padded.
struct PackedMatrix {
  std::int64_t n = 0;
  std::int64_t k = 0;
  AlignedFloats panels;
};

/// The transpose of a weight [N,K], packed by all threads.
PackedMatrix pack_weight(const float* weight, std::int64_t n, std::int64_t k);

/// C [M, columns] = A [M,K] B for the columns in [begin, end) only, on the calling thread; with
/// `accumulate`, C += A B. `begin` is a multiple of 16. The same bits as gemm().
void gemm_packed(const float* a, std::int64_t a_row, const PackedMatrix& b, float* c,
                 std::int64_t c_row, std::int64_t m, std::int64_t begin, std::int64_t end,
                 bool accumulate);

}  // namespace hone::model::kernels
