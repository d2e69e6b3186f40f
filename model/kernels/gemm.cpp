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
template <int kRows, int kVecs, int kAhead>
void tile(const ConstMatrix& a, const Panel& b, float* c, std::int64_t c_row, std::int64_t k,
          bool accumulate, Ahead& ahead) {
  Lanes acc[kRows][kVecs];
  for_tile<kRows, kVecs>(
      [&](auto i, auto v) { acc[i][v] = accumulate ? load(c + i * c_row + 16 * v) : fill(0); });
  if constexpr (kAhead == 0) {  // c comes from memory: the tile below is asked for in good time
    for_tile<kRows, kVecs>([&](auto i, auto v) {
      prefetch(reinterpret_cast<std::uintptr_t>(c) +
               sizeof(float) * static_cast<std::uintptr_t>((kRows + i) * c_row + 16 * v));
    });
  }
  const float* x = a.data;
  const float* y = b.data;
  [[maybe_unused]] std::uintptr_t next = ahead.from;
  for (std::int64_t step = 0; step < k; ++step, x += a.column, y += b.row) {
    Lanes row[kVecs];
    unroll<kVecs>([&](auto v) { row[v] = load(y + 16 * v); });
    if constexpr (kAhead > 0) {
      unroll<kAhead>([&](auto v) { prefetch(next + kLineBytes * v); });
      next += ahead.bytes;
    }
    unroll<kRows>([&](auto i) {
      const Lanes s = fill(x[i * a.row]);
      unroll<kVecs>([&](auto v) { acc[i][v] = fma(s, row[v], acc[i][v]); });
    });
  }
  if constexpr (kAhead > 0) ahead.from = next;
  for_tile<kRows, kVecs>([&](auto i, auto v) { store(acc[i][v], c + i * c_row + 16 * v); });
}

/// A tile at the right edge, of which only `columns` exist: worked on in a buffer.
template <int kRows, int kAhead>
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

/// tile() of `rows` rows, kRows at a time; gives how many are left.
template <int kRows, int kVecs, int kAhead>
std::int64_t column_of_tiles(std::int64_t rows, const ConstMatrix& a, const Panel& b, float* c,
                             std::int64_t c_row, std::int64_t k, bool accumulate, Ahead& ahead) {
  std::int64_t i = 0;
  for (; i + kRows <= rows; i += kRows) {
    tile<kRows, kVecs, kAhead>({a.data + i * a.row, a.row, a.column}, b, c + i * c_row, c_row, k,
                               accumulate, ahead);
  }
  return rows - i;
}

/// `count` times kRows rows. A tile's columns of b are read again by each strip and stay in L1.
template <int kRows, int kAhead>
void strips(std::int64_t count, const ConstMatrix& a, const Panel& b, float* c, std::int64_t c_row,
            std::int64_t columns, std::int64_t k, bool accumulate, Ahead& ahead) {
  constexpr int kVecs = tile_vecs(kRows);
  std::int64_t j = 0;
  const auto run = [&](auto vecs) {
    constexpr int kWide = decltype(vecs)::value;
    // Twice the rows where a vector of columns alone has too few chains to hide their latency.
    constexpr int kTall = kWide == 1 && kVecs == 3 && kRows == kTileRows ? 2 * kRows : kRows;
    for (; j + 16 * kWide <= columns; j += 16 * kWide) {
      const Panel some{b.data + j, b.row};
      std::int64_t left = count * kRows;
      if constexpr (kTall != kRows) {
        left = column_of_tiles<kTall, kWide, kAhead>(left, a, some, c + j, c_row, k, accumulate,
                                                     ahead);
      }
      const std::int64_t i = count * kRows - left;
      column_of_tiles<kRows, kWide, kAhead>(left, {a.data + i * a.row, a.row, a.column}, some,
                                            c + i * c_row + j, c_row, k, accumulate, ahead);
    }
  };
  if constexpr (kVecs == 3) {
    run(std::integral_constant<int, 3>());
    run(std::integral_constant<int, 2>());
  }
  run(std::integral_constant<int, 1>());
  if (j == columns) return;
  for (std::int64_t i = 0; i < count * kRows; i += kRows) {
    edge_tile<kRows, kAhead>({a.data + i * a.row, a.row, a.column}, {b.data + j, b.row},
                             c + i * c_row + j, c_row, columns - j, k, accumulate, ahead);
  }
}

/// strips() of so few rows that they are one.
template <int kRows, int kAhead>
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

/// Rows as strips: whole ones, and if they do not come out even two of even height at the end, as
/// one of a row or two would read b again for next to nothing.
struct Strips {
  std::int64_t full, upper, lower;
  explicit Strips(std::int64_t m) {
    const std::int64_t count = ceil_div(m, kTileRows);
    full = m % kTileRows == 0 ? count : std::max<std::int64_t>(count - 2, 0);
    const std::int64_t rest = m - full * kTileRows;
    upper = rest < kTileRows ? rest : (rest + 1) / 2;
    lower = rest - upper;
  }
};

template <int kAhead>
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
  multiply<0>(a, b, c, c_row, m, columns, k, accumulate, {});
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
  if (bytes > 2 * kLineBytes) {
    multiply<3>(a, b, c, c_row, m, columns, k, accumulate, {next, bytes});
  } else if (bytes > kLineBytes) {
    multiply<2>(a, b, c, c_row, m, columns, k, accumulate, {next, bytes});
  } else {
    multiply<1>(a, b, c, c_row, m, columns, k, accumulate, {next, bytes});
  }
}

}  // namespace hone::model::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hone::model::kernels {
namespace {

HWY_EXPORT(multiply_panel);
HWY_EXPORT(multiply_streamed);

// k at once at most: 16 columns of B are 24 KiB, in L1; 48 are 72 KiB, in L2.
constexpr std::int64_t kDepth = 384;
constexpr std::int64_t kRowBlock = 96;       // rows at once: with kDepth 144 KiB of A, in L2
constexpr std::int64_t kPacked = 1 << 20;    // floats of B packed at once: 4 MiB, in L3
constexpr std::int64_t kSmall = 1 << 18;     // multiply-adds that are not worth a second thread
constexpr std::int64_t kTasksPerThread = 8;  // so that no thread waits long for the last one
constexpr std::int64_t kFewRows = 384;       // rows of A for which packing B does not pay
constexpr std::int64_t kNear = 512;          // floats between rows that need not be packed
constexpr std::int64_t kGatheredRow = kRowBlock + 16;  // floats: no power of two, for L1's sake

/// kRowBlock, or fewer where several threads would not get two tasks each; whole tiles.
std::int64_t rows_at_once(std::int64_t m, std::int64_t panels, int threads) {
  if (threads == 1) return kRowBlock;
  constexpr std::int64_t kTiles = 24;  // divided by the rows of a tile on every instruction set
  const std::int64_t wanted = ceil_div(ceil_div(m * panels, 2 * threads), kTiles) * kTiles;
  return std::clamp(wanted, kTiles, kRowBlock);
}

/// A block of columns that lie side by side, brought together: where they are far from each other
/// they would push each other out of the caches.
ConstMatrix gather(const ConstMatrix& a, std::int64_t m, std::int64_t k, AlignedFloats& buffer) {
  buffer.resize(kDepth * kGatheredRow);
  for (std::int64_t i = 0; i < k; ++i) {
    std::memcpy(buffer.data() + i * kGatheredRow, a.data + i * a.column, sizeof(float) * m);
  }
  return {buffer.data(), 1, kGatheredRow};
}

}  // namespace

void gemm(const ConstMatrix& a, const ConstMatrix& b, float* c, std::int64_t c_row, std::int64_t m,
          std::int64_t n, std::int64_t k, bool accumulate) {
  if (m == 0 || n == 0) return;
  if (k == 0 && !accumulate) {  // sums of nothing
    for (std::int64_t i = 0; i < m; ++i) std::fill_n(c + i * c_row, n, 0.0f);
  }
  const std::int64_t panels = ceil_div(n, kPanel);
  const int threads = m * n * k < kSmall ? 1 : at::get_num_threads();
  const std::int64_t row_block = rows_at_once(m, panels, threads);
  const std::int64_t blocks = ceil_div(m, row_block);
  const bool in_place = b.column == 1 && b.row <= kNear && n % 16 == 0 && m <= kFewRows;
  const std::int64_t panels_at_once =
      in_place ? panels : std::min(panels, kPacked / (kPanel * kDepth));
  const std::int64_t depth_at_once =
      in_place ? k : std::min(k, kPacked / (kPanel * panels_at_once) / kDepth * kDepth);
  thread_local AlignedFloats packed;  // kept: it would cost page faults to take it anew
  if (!in_place) packed.resize(panels_at_once * kPanel * depth_at_once);
  float* const shared = packed.data();
#pragma omp parallel num_threads(threads)
  for (std::int64_t p0 = 0; p0 < panels; p0 += panels_at_once) {
    const std::int64_t count = std::min(panels_at_once, panels - p0);
    const std::int64_t groups =
        std::clamp(ceil_div(kTasksPerThread * threads, blocks), std::int64_t{1}, count);
    for (std::int64_t from = 0; from < k; from += depth_at_once) {
      const std::int64_t all = std::min(depth_at_once, k - from);
      const std::int64_t slices = ceil_div(all, kDepth);
      // Even slices: each reads and writes all of C.
      const auto start = [&](std::int64_t slice) { return all * slice / slices; };
      const auto depth = [&](std::int64_t slice) { return start(slice + 1) - start(slice); };
      const auto source = [&](std::int64_t p, std::int64_t slice) {
        const std::int64_t row = from + start(slice);
        return b.data + row * b.row + (p0 + p) * kPanel * b.column;
      };
      const auto copy = [&](std::int64_t p, std::int64_t slice) {
        return shared + (p * all + start(slice)) * kPanel;
      };
      if (!in_place) {
#pragma omp for schedule(static)
        for (std::int64_t part = 0; part < count * slices; ++part) {
          const std::int64_t p = part / slices;
          const std::int64_t slice = part % slices;
          pack_panel({source(p, slice), b.row, b.column}, depth(slice),
                     std::min(kPanel, n - (p0 + p) * kPanel), copy(p, slice));
        }
      }
#pragma omp for schedule(dynamic)
      for (std::int64_t task = 0; task < blocks * groups; ++task) {
        thread_local AlignedFloats gathered;
        const std::int64_t i = task / groups * row_block;
        const std::int64_t group = task % groups;
        const std::int64_t rows = std::min(row_block, m - i);
        for (std::int64_t slice = 0; slice < slices; ++slice) {
          const std::int64_t k0 = from + start(slice);
          ConstMatrix block{a.data + i * a.row + k0 * a.column, a.row, a.column};
          if (a.row == 1 && a.column > kNear) block = gather(block, rows, depth(slice), gathered);
          for (std::int64_t p = count * group / groups; p < count * (group + 1) / groups; ++p) {
            const std::int64_t j = (p0 + p) * kPanel;
            const Panel panel =
                in_place ? Panel{source(p, slice), b.row} : Panel{copy(p, slice), kPanel};
            HWY_DYNAMIC_DISPATCH(multiply_panel)
            (block, panel, c + i * c_row + j, c_row, rows, std::min(kPanel, n - j), depth(slice),
             accumulate || k0 > 0);
          }
        }
      }
    }
  }
}

void gemm_packed(const float* a, std::int64_t a_row, const PackedMatrix& b, float* c,
                 std::int64_t c_row, std::int64_t m, std::int64_t begin, std::int64_t end,
                 bool accumulate) {
  const std::int64_t blocks = ceil_div(m, kRowBlock);
  for (std::int64_t block = 0; block < blocks; ++block) {
    const std::int64_t i = m * block / blocks;
    const std::int64_t rows = m * (block + 1) / blocks - i;
    for (std::int64_t j = begin; j < end;) {
      const std::int64_t p = j / kPanel;
      const std::int64_t next = std::min((p + 1) * kPanel, end);
      const float* panel = b.panels.data() + p * b.k * kPanel + (j - p * kPanel);
      for (std::int64_t k0 = 0; k0 < b.k; k0 += kDepth) {
        HWY_DYNAMIC_DISPATCH(multiply_streamed)
        ({a + i * a_row + k0, a_row, 1}, {panel + k0 * kPanel, kPanel}, c + i * c_row + j, c_row,
         rows, next - j, std::min(kDepth, b.k - k0), accumulate || k0 > 0);
      }
      j = next;
    }
  }
}

}  // namespace hone::model::kernels
#endif  // HWY_ONCE
