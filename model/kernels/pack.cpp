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

/// panel [4, .] = source [., 4], whose rows are `column` floats apart.
void transpose_four(const float* source, std::int64_t column, float* panel) {
  const Four a = load(source);
  const Four b = load(source + column);
  const Four c = load(source + 2 * column);
  const Four d = load(source + 3 * column);
  const Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four ab_upper = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd_upper = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store(__builtin_shufflevector(ab, cd, 0, 1, 4, 5), panel);
  store(__builtin_shufflevector(ab, cd, 2, 3, 6, 7), panel + kPanel);
  store(__builtin_shufflevector(ab_upper, cd_upper, 0, 1, 4, 5), panel + 2 * kPanel);
  store(__builtin_shufflevector(ab_upper, cd_upper, 2, 3, 6, 7), panel + 3 * kPanel);
}

/// panel [k, kPanel] = source [columns, k], whose rows are `column` floats apart.
void transpose(const float* source, std::int64_t column, std::int64_t k, std::int64_t columns,
               float* panel) {
  constexpr std::int64_t kStep = 16;  // rows of the panel written at a time: they stay in L1
  const std::int64_t whole_columns = columns / 4 * 4;
  const std::int64_t whole_k = k / 4 * 4;
  for (std::int64_t i0 = 0; i0 < whole_k; i0 += kStep) {
    const std::int64_t i1 = std::min(whole_k, i0 + kStep);
    for (std::int64_t j = 0; j < whole_columns; j += 4) {
      for (std::int64_t i = i0; i < i1; i += 4) {
        transpose_four(source + j * column + i, column, panel + i * kPanel + j);
      }
    }
  }
  for (std::int64_t j = 0; j < columns; ++j) {
    for (std::int64_t i = j < whole_columns ? whole_k : 0; i < k; ++i) {
      panel[i * kPanel + j] = source[j * column + i];
    }
  }
}

}  // namespace

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
    transpose(b.data, b.column, k, columns, panel);
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
