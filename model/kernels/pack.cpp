#include "model/kernels/pack.h"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstring>

#include "model/kernels/ceil_div.h"

namespace hone::model::kernels {
namespace {

// A vector of the compiler's: every machine can interleave four floats, so nothing is dispatched.
using Four = float __attribute__((vector_size(16)));

Four load(const float* from) {
  Four v;
  std::memcpy(&v, from, sizeof(v));
  return v;
}
void store(Four v, float* to) { std::memcpy(to, &v, sizeof(v)); }

/// to [4, .] = from [., 4].
void transpose_four(const float* from, std::int64_t from_row, float* to, std::int64_t to_row) {
  const Four a = load(from);
  const Four b = load(from + from_row);
  const Four c = load(from + 2 * from_row);
  const Four d = load(from + 3 * from_row);
  const Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four ab_upper = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd_upper = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store(__builtin_shufflevector(ab, cd, 0, 1, 4, 5), to);
  store(__builtin_shufflevector(ab, cd, 2, 3, 6, 7), to + to_row);
  store(__builtin_shufflevector(ab_upper, cd_upper, 0, 1, 4, 5), to + 2 * to_row);
  store(__builtin_shufflevector(ab_upper, cd_upper, 2, 3, 6, 7), to + 3 * to_row);
}

}  // namespace

void transpose(const float* from, std::int64_t from_row, std::int64_t rows, std::int64_t columns,
               float* to, std::int64_t to_row) {
  constexpr std::int64_t kStep = 16;  // rows written at a time: they stay in L1
  const std::int64_t whole_rows = rows / 4 * 4;
  const std::int64_t whole_columns = columns / 4 * 4;
  for (std::int64_t j0 = 0; j0 < whole_columns; j0 += kStep) {
    const std::int64_t j1 = std::min(whole_columns, j0 + kStep);
    for (std::int64_t i = 0; i < whole_rows; i += 4) {
      for (std::int64_t j = j0; j < j1; j += 4) {
        transpose_four(from + i * from_row + j, from_row, to + j * to_row + i, to_row);
      }
    }
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = i < whole_rows ? whole_columns : 0; j < columns; ++j) {
      to[j * to_row + i] = from[i * from_row + j];
    }
  }
}

void pack_panel(const ConstMatrix& b, std::int64_t k, std::int64_t columns, float* panel) {
  for (std::int64_t i = 0; columns < kPanel && i < k; ++i) {
    std::fill(panel + i * kPanel + columns, panel + (i + 1) * kPanel, 0.0f);
  }
  if (b.column == 1) {
    for (std::int64_t i = 0; i < k; ++i) {
      std::memcpy(panel + i * kPanel, b.data + i * b.row, sizeof(float) * columns);
    }
  } else {
    TORCH_CHECK(b.row == 1, "[pack_panel] neither rows nor columns are contiguous");
    transpose(b.data, b.column, columns, k, panel, kPanel);
  }
}

PackedMatrix pack_weight(const float* weight, std::int64_t n, std::int64_t k) {
  PackedMatrix packed{n, k, {}};
  const std::int64_t panels = ceil_div(n, kPanel);
  packed.panels.resize(panels * k * kPanel);
  at::parallel_for(0, panels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      pack_panel({weight + p * kPanel * k, 1, k}, k, std::min(kPanel, n - p * kPanel),
                 packed.panels.data() + p * k * kPanel);
    }
  });
  return packed;
}

}  // namespace hone::model::kernels
