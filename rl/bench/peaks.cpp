#include "rl/bench/peaks.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <vector>

#include "model/kernels/gemm.h"
#include "rl/clock.h"

namespace hone::rl {
namespace {

template <class F>
double seconds_of(const F& work) {
  const Stopwatch clock;
  work();
  return clock.seconds();
}

/// Calls product(c, a, b) on square matrices again and again. Large ones come closest to the limit,
/// but a slow machine would take minutes for them: a size that takes long is the last one.
template <class Product>
double best_gflops(const Product& product) {
  constexpr double kSecondsASize = 0.25;
  double best = 0;
  for (const std::int64_t n : {512, 1024, 2048}) {
    const at::Tensor a = at::ones({n, n});
    const at::Tensor b = at::ones({n, n});
    at::Tensor c = at::empty({n, n});
    const double gflop = 2e-9 * static_cast<double>(n * n * n);
    double fastest = kSecondsASize;
    const Stopwatch all;
    do {
      const double seconds = seconds_of([&] { product(c, a, b); });
      fastest = std::min(fastest, seconds);
      best = std::max(best, gflop / seconds);
    } while (all.seconds() < kSecondsASize);
    if (fastest > kSecondsASize / 8) break;
  }
  return best;
}

/// Two floats as they lie in memory.
std::uint64_t word_at(const float* x) {
  std::uint64_t word = 0;
  std::memcpy(&word, x, sizeof word);
  return word;
}

/// The sum of the words, by several chains of additions at several places: one would wait for
/// memory that a processor can ask for ahead.
std::uint64_t sum(const float* words, std::int64_t count) {
  constexpr std::int64_t kPlaces = 4;
  const std::int64_t part = count / kPlaces;
  std::uint64_t sums[kPlaces] = {};
  for (std::int64_t i = 0; i < part; ++i) {
    for (std::int64_t p = 0; p < kPlaces; ++p) sums[p] += word_at(words + 2 * (p * part + i));
  }
  for (std::int64_t i = kPlaces * part; i < count; ++i) sums[0] += word_at(words + 2 * i);
  return sums[0] + sums[1] + sums[2] + sums[3];
}

}  // namespace

double gemm_gflops_peak() {
  const c10::InferenceMode no_gradients;
  const double torch = best_gflops(
      [](at::Tensor& c, const at::Tensor& a, const at::Tensor& b) { at::mm_out(c, a, b); });
  const double own = best_gflops([](at::Tensor& c, const at::Tensor& a, const at::Tensor& b) {
    const std::int64_t n = a.size(0);
    model::kernels::gemm({a.const_data_ptr<float>(), n, 1}, {b.const_data_ptr<float>(), n, 1},
                         c.mutable_data_ptr<float>(), n, n, n, n, false);
  });
  return std::max(torch, own);
}

double memory_gb_per_s_peak() {
  using model::kernels::kPanel;
  constexpr std::int64_t kLeastBytes = std::int64_t{512} << 20;
  constexpr int kPasses = 8;
  constexpr std::int64_t kDepth = 512;
  const std::int64_t cache = ::sysconf(_SC_LEVEL3_CACHE_SIZE);  // 0 or -1 where it is not known
  const std::int64_t bytes = std::max(kLeastBytes, 8 * cache);
  const std::int64_t panels = bytes / (kDepth * kPanel * sizeof(float));
  model::kernels::PackedMatrix weights{panels * kPanel, kDepth, {}};
  weights.panels.resize(panels * kDepth * kPanel);
  // Written, so that it lies in memory; by all threads, so that it lies near those that read it.
  at::parallel_for(0, panels, 1, [&](std::int64_t begin, std::int64_t end) {
    std::fill(weights.panels.data() + begin * kDepth * kPanel,
              weights.panels.data() + end * kDepth * kPanel, 1.0f);
  });
  const std::vector<float> row(kDepth, 1.0f);
  std::vector<float> product(weights.n);
  const auto count = static_cast<std::int64_t>(weights.panels.size() / 2);
  std::atomic<std::uint64_t> total{0};
  const auto add_up = [&] {
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
      total += sum(weights.panels.data() + 2 * begin, end - begin);
    });
  };
  const auto multiply = [&] {
    at::parallel_for(0, panels, 1, [&](std::int64_t begin, std::int64_t end) {
      model::kernels::gemm_packed(row.data(), kDepth, weights, product.data(), weights.n, 1,
                                  begin * kPanel, end * kPanel, false);
    });
  };
  double fastest = std::numeric_limits<double>::infinity();
  for (int pass = 0; pass < kPasses; ++pass) {
    fastest = std::min({fastest, seconds_of(add_up), seconds_of(multiply)});
  }
  TORCH_CHECK(total == kPasses * count * word_at(weights.panels.data()) && product.back() == kDepth,
              "a sum came out wrong");
  return static_cast<double>(weights.panels.size() * sizeof(float)) * 1e-9 / fastest;
}

}  // namespace hone::rl
