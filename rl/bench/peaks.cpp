#include "rl/bench/peaks.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "model/kernels/gemm.h"
#include "rl/clock.h"

namespace hone::rl {
namespace {

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
      const Stopwatch one;
      product(c, a, b);
      const double seconds = one.seconds();
      fastest = std::min(fastest, seconds);
      best = std::max(best, gflop / seconds);
    } while (all.seconds() < kSecondsASize);
    if (fastest > kSecondsASize / 8) break;
  }
  return best;
}

/// The sum of the words, by several chains of additions at several places: one would wait for
/// memory that a processor can ask for ahead.
std::uint64_t sum(const std::uint64_t* words, std::int64_t count) {
  constexpr std::int64_t kPlaces = 4;
  const std::int64_t part = count / kPlaces;
  std::uint64_t sums[kPlaces] = {};
  for (std::int64_t i = 0; i < part; ++i) {
    for (std::int64_t p = 0; p < kPlaces; ++p) sums[p] += words[p * part + i];
  }
  for (std::int64_t i = kPlaces * part; i < count; ++i) sums[0] += words[i];
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
  const c10::InferenceMode no_gradients;
  constexpr std::int64_t kLeastBytes = std::int64_t{512} << 20;
  constexpr int kPasses = 16;
  const std::int64_t cache = ::sysconf(_SC_LEVEL3_CACHE_SIZE);  // 0 or -1 where it is not known
  const std::int64_t count = std::max(kLeastBytes, 8 * cache) / sizeof(std::uint64_t);
  const at::Tensor words = at::ones({count}, at::kLong);  // written, so that it lies in memory
  const auto* data = reinterpret_cast<const std::uint64_t*>(words.const_data_ptr<std::int64_t>());
  double best = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    std::atomic<std::uint64_t> total{0};
    const Stopwatch clock;
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
      total += sum(data + begin, end - begin);
    });
    const double seconds = clock.seconds();
    TORCH_CHECK(total == static_cast<std::uint64_t>(count), "a sum came out wrong");
    best = std::max(best, static_cast<double>(words.nbytes()) * 1e-9 / seconds);
  }
  return best;
}

}  // namespace hone::rl
