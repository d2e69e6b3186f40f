#include "model/kernels/gemm.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "model/kernels/isa.h"

namespace {

using hone::model::kernels::AlignedFloats;
using hone::model::kernels::ConstMatrix;
using Size = std::int64_t;

AlignedFloats random(Size count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  AlignedFloats values(count);
  for (float& value : values) value = normal(engine);
  return values;
}

/// A result [m,n] whose rows have something between them that must stay as it is.
struct Padded {
  static constexpr float kGuard = 12345;
  Size m, n, row;
  AlignedFloats values;

  Padded(const AlignedFloats& start, Size rows, Size columns)
      : m(rows), n(columns), row(columns + 5), values(rows * row, kGuard) {
    for (Size i = 0; i < m; ++i) std::copy_n(&start[i * n], n, &values[i * row]);
  }
  float* data() { return values.data(); }
  void check(const std::vector<float>& expected) const {
    std::vector<float> inside(m * n);
    bool untouched = true;
    for (Size i = 0; i < m; ++i) {
      std::copy_n(&values[i * row], n, &inside[i * n]);
      for (Size j = n; j < row; ++j) untouched = untouched && values[i * row + j] == kGuard;
    }
    CHECK(inside == expected);
    CHECK(untouched);
  }
};

/// What gemm() promises, element by element.
std::vector<float> chains(const ConstMatrix& a, const ConstMatrix& b, const std::vector<float>& c,
                          Size m, Size n, Size k) {
  std::vector<float> result = c;
  for (Size i = 0; i < m; ++i) {
    for (Size j = 0; j < n; ++j) {
      float& sum = result[i * n + j];
      for (Size s = 0; s < k; ++s) {
        sum = std::fma(a.data[i * a.row + s * a.column], b.data[s * b.row + j * b.column], sum);
      }
    }
  }
  return result;
}

/// Puts back what everywhere() changes, also where a check ends the test.
struct Restore {
  int threads = at::get_num_threads();
  ~Restore() {
    at::set_num_threads(threads);
    hone::model::kernels::use_isa("");
  }
};

/// Runs check() with every instruction set of this machine, on one thread and on two.
template <class Check>
void everywhere(Check check) {
  const Restore restore;
  for (const std::string& isa : hone::model::kernels::available_isas()) {
    for (const int count : {1, 2}) {
      INFO(isa << ", " << count << " threads");
      REQUIRE(hone::model::kernels::use_isa(isa));
      at::set_num_threads(count);
      check();
    }
  }
}

// Rows around the height of a strip, columns around a panel's 48, k around the depth of a block,
// few and many rows, for which B is read where it lies or packed, enough work for two threads, and
// more columns and a greater depth than are packed at once.
const std::vector<std::array<Size, 3>> kShapes = {  // m, n, k
    {1, 16, 300}, {2, 48, 5},    {3, 50, 257}, {5, 96, 64},   {7, 17, 33},    {8, 112, 256},
    {9, 61, 1},   {13, 96, 9},   {14, 49, 20}, {48, 48, 300}, {25, 144, 100}, {97, 80, 300},
    {384, 64, 6}, {400, 50, 40}, {3, 4200, 4}, {3, 4200, 600}};

}  // namespace

TEST_CASE("a product is one chain of fused multiply-adds over k, to the bit") {
  for (const auto [m, n, k] : kShapes) {
    const AlignedFloats a = random(m * k, 1);
    const AlignedFloats b = random(k * n, 2);
    const AlignedFloats start = random(m * n, 3);
    for (const ConstMatrix& left : {ConstMatrix{a.data(), k, 1}, ConstMatrix{a.data(), 1, m}}) {
      for (const ConstMatrix& right : {ConstMatrix{b.data(), n, 1}, ConstMatrix{b.data(), 1, k}}) {
        for (const bool accumulate : {false, true}) {
          INFO(m << " x " << n << " x " << k << ", strides " << left.row << " and " << right.row);
          std::vector<float> expected(m * n);
          if (accumulate) expected.assign(start.begin(), start.end());
          expected = chains(left, right, expected, m, n, k);
          everywhere([&, m = m, n = n, k = k] {
            Padded c(start, m, n);
            hone::model::kernels::gemm(left, right, c.data(), c.row, m, n, k, accumulate);
            c.check(expected);
          });
        }
      }
    }
  }
}

TEST_CASE("rows that lie far apart are brought together first") {
  constexpr Size kApart = 700;
  constexpr Size m = 100, n = 48, k = 300;
  const AlignedFloats a = random(kApart * k, 4);
  const AlignedFloats b = random(kApart * k, 5);
  const ConstMatrix left{a.data(), 1, kApart};
  const ConstMatrix right{b.data(), kApart, 1};
  const auto expected = chains(left, right, std::vector<float>(m * n), m, n, k);
  everywhere([&] {
    Padded c(AlignedFloats(m * n), m, n);
    hone::model::kernels::gemm(left, right, c.data(), c.row, m, n, k, false);
    c.check(expected);
  });
}

TEST_CASE("a packed weight gives the same bits, for any range of columns") {
  for (const auto [m, n, k] : kShapes) {
    const AlignedFloats a = random(m * k, 6);
    const AlignedFloats weight = random(n * k, 7);
    const AlignedFloats start = random(m * n, 8);
    const auto packed = hone::model::kernels::pack_weight(weight.data(), n, k);
    for (const bool accumulate : {false, true}) {
      INFO(m << " x " << n << " x " << k);
      std::vector<float> expected(m * n);
      if (accumulate) expected.assign(start.begin(), start.end());
      expected = chains({a.data(), k, 1}, {weight.data(), 1, k}, expected, m, n, k);
      everywhere([&, m = m, n = n, k = k] {
        Padded c(start, m, n);
        const Size middle = n / 2 / 16 * 16;
        for (const auto& [begin, end] : {std::pair{Size{0}, middle}, std::pair{middle, n}}) {
          hone::model::kernels::gemm_packed(a.data(), k, packed, c.data(), c.row, m, begin, end,
                                            accumulate);
        }
        c.check(expected);
      });
    }
  }
}

TEST_CASE("a product of no rows is nothing") {
  const AlignedFloats weight = random(48 * 8, 9);
  const auto packed = hone::model::kernels::pack_weight(weight.data(), 48, 8);
  everywhere([&] {
    hone::model::kernels::gemm({nullptr, 8, 1}, {weight.data(), 1, 8}, nullptr, 48, 0, 48, 8,
                               false);
    hone::model::kernels::gemm_packed(nullptr, 8, packed, nullptr, 48, 0, 0, 48, false);
  });
}
