#include "model/kernels/gemm.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>

#include "model/kernels/ceil_div.h"
#include "model/kernels/pack.h"
#include "model/kernels/targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/gemm.cpp"
#include "hwy/foreach_target.h"
#include "model/kernels/lanes-inl.h"

#ifndef HONE_MODEL_KERNELS_GEMM_PANEL
#define HONE_MODEL_KERNELS_GEMM_PANEL
namespace hone::model::kernels {
/// kPanel or fewer columns of B, each row's side by side; past the last there are floats to read up
/// to a multiple of 16.
struct Panel {
  const float* data;
  std::int64_t row;
};

/// What to ask memory for while something else is worked on: from here on, `bytes` a step of k.
struct Ahead {
  std::uintptr_t from = 0;
  std::uintptr_t bytes = 0;
};
}  // namespace hone::model::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace hone::model::kernels::HWY_NAMESPACE {

// A tile's accumulators fill the registers: 24 of 32 with AVX-512, 12 of 16 with AVX2.
constexpr int kTileRows = kParts == 1 ? 8 : 6;
constexpr int tile_vecs(std::int64_t rows) { return kParts == 1 || rows <= 2 ? 3 : 1; }
constexpr int kLineBytes = 64;  // sixteen floats

/// c [kRows, kVecs*16] (+)= a [kRows, k] b [k, kVecs*16].
template <int kRows, int kVecs, bool kAhead>
void tile(const ConstMatrix& a, const Panel& b, float* c, std::int64_t c_row, std::int64_t k,
          bool accumulate, Ahead& ahead) {
  Lanes acc[kRows][kVecs];
  for_tile<kRows, kVecs>(
      [&](auto i, auto v) { acc[i][v] = accumulate ? load(c + i * c_row + 16 * v) : fill(0); });
  const float* x = a.data;
  const float* y = b.data;
  [[maybe_unused]] std::uintptr_t next = ahead.from;
  for (std::int64_t step = 0; step < k; ++step, x += a.column, y += b.row) {
    Lanes row[kVecs];
    unroll<kVecs>([&](auto v) { row[v] = load(y + 16 * v); });
    if constexpr (kAhead) {
      unroll<kVecs>([&](auto v) { prefetch(next + kLineBytes * v); });
      next += ahead.bytes;
    }
    unroll<kRows>([&](auto i) {
      const Lanes s = fill(x[i * a.row]);
      unroll<kVecs>([&](auto v) { acc[i][v] = fma(s, row[v], acc[i][v]); });
    });
  }
  if constexpr (kAhead) ahead.from = next;
  for_tile<kRows, kVecs>([&](auto i, auto v) { store(acc[i][v], c + i * c_row + 16 * v); });
}

/// A tile at the right edge, of which only `columns` exist: worked on in a buffer.
template <int kRows, bool kAhead>
void edge_tile(const ConstMatrix& a, const Panel& b, float* c, std::int64_t c_row,
               std::int64_t columns, std::int64_t k, bool accumulate, Ahead& ahead) {
  HWY_ALIGN float buffer[kRows * 16] = {};
  for (int i = 0; accumulate && i < kRows; ++i) {
    std::memcpy(buffer + i * 16, c + i * c_row, sizeof(float) * columns);
  }
  tile<kRows, 1, kAhead>(a, b, buffer, 16, k, accumulate, ahead);
  for (int i = 0; i < kRows; ++i) {
    std::memcpy(c + i * c_row, buffer + i * 16, sizeof(float) * columns);
  }
}

/// `count` times kRows rows. A tile's columns of b are read again by each strip and stay in L1.
template <int kRows, bool kAhead>
void strips(std::int64_t count, const ConstMatrix& a, const Panel& b, float* c, std::int64_t c_row,
            std::int64_t columns, std::int64_t k, bool accumulate, Ahead& ahead) {
  constexpr int kVecs = tile_vecs(kRows);
  const auto for_strips = [&](auto run) {
    for (std::int64_t s = 0; s < count; ++s) {
      run(ConstMatrix{a.data + s * kRows * a.row, a.row, a.column}, c + s * kRows * c_row);
    }
  };
  std::int64_t j = 0;
  for (; j + 16 * kVecs <= columns; j += 16 * kVecs) {
    for_strips([&](const ConstMatrix& rows, float* out) {
      tile<kRows, kVecs, kAhead>(rows, {b.data + j, b.row}, out + j, c_row, k, accumulate, ahead);
    });
  }
  for (; j + 16 <= columns; j += 16) {
    for_strips([&](const ConstMatrix& rows, float* out) {
      tile<kRows, 1, kAhead>(rows, {b.data + j, b.row}, out + j, c_row, k, accumulate, ahead);
    });
  }
  if (j < columns) {
    for_strips([&](const ConstMatrix& rows, float* out) {
      edge_tile<kRows, kAhead>(rows, {b.data + j, b.row}, out + j, c_row, columns - j, k,
                               accumulate, ahead);
    });
  }
}

/// strips() of so few rows that they are one.
template <int kRows, bool kAhead>
void one_strip(std::int64_t rows, const ConstMatrix& a, const Panel& b, float* c,
               std::int64_t c_row, std::int64_t columns, std::int64_t k, bool accumulate,
               Ahead& ahead) {
  if constexpr (kRows > 0) {
    if (rows == kRows) {
      return strips<kRows, kAhead>(1, a, b, c, c_row, columns, k, accumulate, ahead);
    }
    one_strip<kRows - 1, kAhead>(rows, a, b, c, c_row, columns, k, accumulate, ahead);
  }
}

/// Rows as strips: whole ones, and at the end two of even height, as one of a row or two would read
/// b again for next to nothing.
struct Strips {
  std::int64_t full, upper, lower;
  explicit Strips(std::int64_t m) {
    const std::int64_t count = ceil_div(m, kTileRows);
    full = std::max<std::int64_t>(count - 2, 0);
    const std::int64_t rest = m - full * kTileRows;
    upper = count == 1 ? rest : (rest + 1) / 2;
    lower = rest - upper;
  }
};

template <bool kAhead>
void multiply(const ConstMatrix& a, const Panel& b, float* c, std::int64_t c_row, std::int64_t m,
              std::int64_t columns, std::int64_t k, bool accumulate, Ahead ahead) {
  const Strips parts(m);
  strips<kTileRows, kAhead>(parts.full, a, b, c, c_row, columns, k, accumulate, ahead);
  std::int64_t i = parts.full * kTileRows;
  for (const std::int64_t rows : {parts.upper, parts.lower}) {
    one_strip<kTileRows, kAhead>(rows, {a.data + i * a.row, a.row, a.column}, b, c + i * c_row,
                                 c_row, columns, k, accumulate, ahead);
    i += rows;
  }
}

/// c [m, columns] (+)= a [m, k] b [k, columns], columns <= kPanel.
void multiply_panel(const ConstMatrix& a, const Panel& b, float* c, std::int64_t c_row,
                    std::int64_t m, std::int64_t columns, std::int64_t k, bool accumulate) {
  multiply<false>(a, b, c, c_row, m, columns, k, accumulate, {});
}

/// The same with b in memory rather than in a cache, and what follows it in memory needed next.
void multiply_streamed(const ConstMatrix& a, const Panel& b, float* c, std::int64_t c_row,
                       std::int64_t m, std::int64_t columns, std::int64_t k, bool accumulate) {
  const auto passes = [](std::int64_t rows) {
    return rows == 0 ? 0 : kPanel / 16 / tile_vecs(rows);
  };
  const Strips parts(m);
  const std::int64_t all =
      parts.full * passes(kTileRows) + passes(parts.upper) + passes(parts.lower);
  const std::int64_t row_bytes = b.row * static_cast<std::int64_t>(sizeof(float));
  const std::uintptr_t next = reinterpret_cast<std::uintptr_t>(b.data) + k * row_bytes;
  // Rounded up: rather some bytes too far than the last ones never.
  const std::uintptr_t bytes = ceil_div(row_bytes, all);
  multiply<true>(a, b, c, c_row, m, columns, k, accumulate, {next, bytes});
}

}  // namespace hone::model::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone::model::kernels {
namespace {

HWY_EXPORT(multiply_panel);
HWY_EXPORT(multiply_streamed);

constexpr std::int64_t kDepth = 256;         // k at once: a tile's columns of B are 16 KiB, in L1
constexpr std::int64_t kRowBlock = 96;       // rows at once: with kDepth 96 KiB of A, in L2
constexpr std::int64_t kColumnPanels = 86;   // panels at once: with kDepth 4 MiB of B, in L3
constexpr std::int64_t kSmall = 1 << 18;     // multiply-adds that are not worth a second thread
constexpr std::int64_t kTasksPerThread = 8;  // so that no thread waits long for the last one
constexpr std::int64_t kFewRows = 384;       // rows of A for which packing B does not pay
constexpr std::int64_t kNear = 512;          // floats between neighbours that need not be gathered
constexpr std::int64_t kWaitingRows = 96;    // of more, computing takes longer than memory does

/// kRowBlock, or fewer where several threads would not get two tasks each; whole tiles.
std::int64_t rows_at_once(std::int64_t m, std::int64_t panels, int threads) {
  if (threads == 1) return kRowBlock;
  constexpr std::int64_t kTiles = 24;  // divided by the rows of a tile on every instruction set
  const std::int64_t wanted = ceil_div(ceil_div(m * panels, 2 * threads), kTiles) * kTiles;
  return std::clamp(wanted, kTiles, kRowBlock);
}

/// A block of rows whose columns lie far apart, brought together so that it stays in L2.
ConstMatrix gather(const ConstMatrix& a, std::int64_t m, std::int64_t k, AlignedFloats& buffer) {
  buffer.resize(kDepth * kRowBlock);
  for (std::int64_t i = 0; i < k; ++i) {
    std::memcpy(buffer.data() + i * m, a.data + i * a.column, sizeof(float) * m);
  }
  return {buffer.data(), 1, m};
}

}  // namespace

void gemm(const ConstMatrix& a, const ConstMatrix& b, float* c, std::int64_t c_row, std::int64_t m,
          std::int64_t n, std::int64_t k, bool accumulate) {
  if (m == 0) return;
  if (k == 0 && !accumulate) {  // sums of nothing
    for (std::int64_t i = 0; i < m; ++i) std::fill_n(c + i * c_row, n, 0.0f);
  }
  const std::int64_t panels = ceil_div(n, kPanel);
  const int threads = m * n * k < kSmall ? 1 : at::get_num_threads();
  const std::int64_t row_block = rows_at_once(m, panels, threads);
  const std::int64_t blocks = ceil_div(m, row_block);
  const bool in_place = b.column == 1 && b.row <= kNear && n % 16 == 0 && m <= kFewRows;
  thread_local AlignedFloats packed;  // kept: it would cost page faults to take it anew
  if (!in_place) packed.resize(std::min(panels, kColumnPanels) * kPanel * std::min(k, kDepth));
  float* const shared = packed.data();
#pragma omp parallel num_threads(threads)
  for (std::int64_t p0 = 0; p0 < panels; p0 += kColumnPanels) {
    const std::int64_t count = std::min(kColumnPanels, panels - p0);
    const std::int64_t groups =
        std::clamp(ceil_div(kTasksPerThread * threads, blocks), std::int64_t{1}, count);
    for (std::int64_t k0 = 0; k0 < k; k0 += kDepth) {
      const std::int64_t depth = std::min(kDepth, k - k0);
      const auto source = [&](std::int64_t p) {
        return ConstMatrix{b.data + k0 * b.row + (p0 + p) * kPanel * b.column, b.row, b.column};
      };
      if (!in_place) {
#pragma omp for schedule(static)
        for (std::int64_t p = 0; p < count; ++p) {
          pack_panel(source(p), depth, std::min(kPanel, n - (p0 + p) * kPanel),
                     shared + p * depth * kPanel);
        }
      }
#pragma omp for schedule(dynamic)
      for (std::int64_t task = 0; task < blocks * groups; ++task) {
        thread_local AlignedFloats gathered;
        const std::int64_t i = task / groups * row_block;
        const std::int64_t group = task % groups;
        const std::int64_t rows = std::min(row_block, m - i);
        ConstMatrix block{a.data + i * a.row + k0 * a.column, a.row, a.column};
        if (a.row == 1 && a.column > kNear) block = gather(block, rows, depth, gathered);
        for (std::int64_t p = count * group / groups; p < count * (group + 1) / groups; ++p) {
          const std::int64_t j = (p0 + p) * kPanel;
          const Panel panel =
              in_place ? Panel{source(p).data, b.row} : Panel{shared + p * depth * kPanel, kPanel};
          HWY_DYNAMIC_DISPATCH(multiply_panel)
          (block, panel, c + i * c_row + j, c_row, rows, std::min(kPanel, n - j), depth,
           accumulate || k0 > 0);
        }
      }
    }
  }
}

void gemm_packed(const float* a, std::int64_t a_row, const PackedMatrix& b, float* c,
                 std::int64_t c_row, std::int64_t m, std::int64_t begin, std::int64_t end,
                 bool accumulate) {
  if (m == 0) return;
  const auto multiply = m <= kWaitingRows ? HWY_DYNAMIC_DISPATCH(multiply_streamed)
                                          : HWY_DYNAMIC_DISPATCH(multiply_panel);
  for (std::int64_t j = begin; j < end;) {
    const std::int64_t p = j / kPanel;
    const std::int64_t next = std::min((p + 1) * kPanel, end);
    const float* panel = b.panels.data() + p * b.k * kPanel + (j - p * kPanel);
    for (std::int64_t k0 = 0; k0 < b.k; k0 += kDepth) {
      multiply({a + k0, a_row, 1}, {panel + k0 * kPanel, kPanel}, c + j, c_row, m, next - j,
               std::min(kDepth, b.k - k0), accumulate || k0 > 0);
    }
    j = next;
  }
}

}  // namespace hone::model::kernels
#endif  // HWY_ONCE
