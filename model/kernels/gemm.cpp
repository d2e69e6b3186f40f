#include "model/kernels/gemm.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>

#include "model/kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/gemm.cpp"
#include "hwy/foreach_target.h"
#include "model/kernels/lanes-inl.h"

#ifndef HONE_MODEL_KERNELS_GEMM_PANEL
#define HONE_MODEL_KERNELS_GEMM_PANEL
namespace hone::model::kernels {
constexpr std::int64_t kPanel = 48;  // columns of B that a tile works on
}
#endif

HWY_BEFORE_NAMESPACE();
namespace hone::model::kernels::HWY_NAMESPACE {

// A tile's accumulators fill the registers: 24 of 32 with AVX-512, 12 of 16 with AVX2.
constexpr int kTileRows = kParts == 1 ? 8 : 6;
constexpr int kTileVecs = kParts == 1 ? 3 : 1;

/// c [kRows, kVecs*16] (+)= a [kRows, k] panel [k, kVecs*16]; panel rows are kPanel floats apart.
template <int kRows, int kVecs>
void tile(const ConstMatrix& a, const float* panel, float* c, std::int64_t c_row, std::int64_t k,
          bool accumulate) {
  Lanes acc[kRows][kVecs];
  for (int i = 0; i < kRows; ++i) {
    for (int v = 0; v < kVecs; ++v) acc[i][v] = accumulate ? load(c + i * c_row + 16 * v) : fill(0);
  }
  const float* x = a.data;
  for (std::int64_t step = 0; step < k; ++step, x += a.column, panel += kPanel) {
    Lanes b[kVecs];
    for (int v = 0; v < kVecs; ++v) b[v] = load(panel + 16 * v);
    for (int i = 0; i < kRows; ++i) {
      const Lanes s = fill(x[i * a.row]);
      for (int v = 0; v < kVecs; ++v) acc[i][v] = fma(s, b[v], acc[i][v]);
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int v = 0; v < kVecs; ++v) store(acc[i][v], c + i * c_row + 16 * v);
  }
}

/// A tile at the right edge, of which only `columns` exist: worked on in a buffer.
template <int kRows>
void edge_tile(const ConstMatrix& a, const float* panel, float* c, std::int64_t c_row,
               std::int64_t columns, std::int64_t k, bool accumulate) {
  HWY_ALIGN float buffer[kRows * 16] = {};
  for (int i = 0; accumulate && i < kRows; ++i) {
    std::memcpy(buffer + i * 16, c + i * c_row, sizeof(float) * columns);
  }
  tile<kRows, 1>(a, panel, buffer, 16, k, accumulate);
  for (int i = 0; i < kRows; ++i) {
    std::memcpy(c + i * c_row, buffer + i * 16, sizeof(float) * columns);
  }
}

template <int kRows>
void strip(const ConstMatrix& a, const float* panel, float* c, std::int64_t c_row,
           std::int64_t columns, std::int64_t k, bool accumulate) {
  std::int64_t j = 0;
  for (; j + 16 * kTileVecs <= columns; j += 16 * kTileVecs) {
    tile<kRows, kTileVecs>(a, panel + j, c + j, c_row, k, accumulate);
  }
  for (; j + 16 <= columns; j += 16) tile<kRows, 1>(a, panel + j, c + j, c_row, k, accumulate);
  if (j < columns) edge_tile<kRows>(a, panel + j, c + j, c_row, columns - j, k, accumulate);
}

template <int kRows>
void last_strip(std::int64_t rows, const ConstMatrix& a, const float* panel, float* c,
                std::int64_t c_row, std::int64_t columns, std::int64_t k, bool accumulate) {
  if constexpr (kRows > 0) {
    if (rows == kRows) return strip<kRows>(a, panel, c, c_row, columns, k, accumulate);
    last_strip<kRows - 1>(rows, a, panel, c, c_row, columns, k, accumulate);
  }
}

/// c [m, columns] (+)= a [m, k] panel [k, columns], columns <= kPanel.
void multiply_panel(const ConstMatrix& a, const float* panel, float* c, std::int64_t c_row,
                    std::int64_t m, std::int64_t columns, std::int64_t k, bool accumulate) {
  std::int64_t i = 0;
  for (; i + kTileRows <= m; i += kTileRows) {
    strip<kTileRows>({a.data + i * a.row, a.row, a.column}, panel, c + i * c_row, c_row, columns, k,
                     accumulate);
  }
  last_strip<kTileRows - 1>(m - i, {a.data + i * a.row, a.row, a.column}, panel, c + i * c_row,
                            c_row, columns, k, accumulate);
}

}  // namespace hone::model::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone::model::kernels {
namespace {

HWY_EXPORT(multiply_panel);

constexpr std::int64_t kDepth = 512;      // k a packed panel holds at once: 96 KiB, stays in L2
constexpr std::int64_t kRowBlock = 1024;  // rows that share a packing

/// panel [k, kPanel] = b [k, columns]; what lies past `columns` is left as it is and never read
/// back.
void pack_panel(const ConstMatrix& b, std::int64_t k, std::int64_t columns, float* panel) {
  if (b.column == 1) {
    for (std::int64_t i = 0; i < k; ++i) {
      std::memcpy(panel + i * kPanel, b.data + i * b.row, sizeof(float) * columns);
    }
    return;
  }
  constexpr std::int64_t kStep = 16;  // rows of the panel written at a time: they stay in L1
  for (std::int64_t i0 = 0; i0 < k; i0 += kStep) {
    const std::int64_t i1 = std::min(k, i0 + kStep);
    for (std::int64_t j = 0; j < columns; ++j) {
      const float* source = b.data + j * b.column;
      for (std::int64_t i = i0; i < i1; ++i) panel[i * kPanel + j] = source[i * b.row];
    }
  }
}

}  // namespace

void gemm(const ConstMatrix& a, const ConstMatrix& b, float* c, std::int64_t c_row, std::int64_t m,
          std::int64_t n, std::int64_t k, bool accumulate) {
  const std::int64_t panels = (n + kPanel - 1) / kPanel;
  const std::int64_t blocks = (m + kRowBlock - 1) / kRowBlock;
  at::parallel_for(0, panels * blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> packed(kDepth * kPanel);
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t j = task / blocks * kPanel;
      const std::int64_t i = task % blocks * kRowBlock;
      const std::int64_t columns = std::min(kPanel, n - j);
      const std::int64_t rows = std::min(kRowBlock, m - i);
      for (std::int64_t k0 = 0; k0 < k; k0 += kDepth) {
        const std::int64_t depth = std::min(kDepth, k - k0);
        pack_panel({b.data + k0 * b.row + j * b.column, b.row, b.column}, depth, columns,
                   packed.data());
        HWY_DYNAMIC_DISPATCH(multiply_panel)
        ({a.data + i * a.row + k0 * a.column, a.row, a.column}, packed.data(), c + i * c_row + j,
         c_row, rows, columns, depth, accumulate || k0 > 0);
      }
    }
  });
}

std::int64_t PackedWeight::num_panels() const { return (n + kPanel - 1) / kPanel; }

PackedWeight pack_weight(const float* weight, std::int64_t n, std::int64_t k) {
  PackedWeight packed{n, k, {}};
  packed.panels.resize(packed.num_panels() * k * kPanel);
  at::parallel_for(0, packed.num_panels(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      pack_panel({weight + p * kPanel * k, 1, k}, k, std::min(kPanel, n - p * kPanel),
                 packed.panels.data() + p * k * kPanel);
    }
  });
  return packed;
}

void gemm_packed(const float* a, std::int64_t a_row, const PackedWeight& weight, float* c,
                 std::int64_t c_row, std::int64_t m, std::int64_t panel_begin,
                 std::int64_t panel_end, bool accumulate) {
  for (std::int64_t p = panel_begin; p < panel_end; ++p) {
    HWY_DYNAMIC_DISPATCH(multiply_panel)
    ({a, a_row, 1}, weight.panels.data() + p * weight.k * kPanel, c + p * kPanel, c_row, m,
     std::min(kPanel, weight.n - p * kPanel), weight.k, accumulate);
  }
}

}  // namespace hone::model::kernels
#endif  // HWY_ONCE
