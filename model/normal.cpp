#include "model/normal.h"

#include <cmath>

namespace hone::model {
namespace {

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Uniform in (-1, 1), never 0: an odd number of 53 bits over 2^53.
double uniform(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15ULL;
  const auto bits = static_cast<std::int64_t>(mix(state)) >> 11;  // 53 bits with sign
  return static_cast<double>(2 * bits + 1) * 0x1p-53;
}

/// Natural logarithm of x > 0 from exactly rounded operations only, good to a few units in the last
/// place: ln x = e ln 2 + 2 atanh((m - 1) / (m + 1)) with m in [sqrt(1/2), sqrt(2)).
double portable_log(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0.70710678118654752) {
    mantissa *= 2;
    --exponent;
  }
  const double z = (mantissa - 1) / (mantissa + 1);
  const double z2 = z * z;
  double sum = 0;
  for (int k = 23; k >= 1; k -= 2) sum = sum * z2 + 1.0 / k;
  return exponent * 0.69314718055994531 + 2 * z * sum;
}

}  // namespace

void fill_normal(std::span<float> values, double stddev, std::uint64_t seed, std::uint64_t stream) {
  std::uint64_t state = mix(seed + 0x9e3779b97f4a7c15ULL) ^ mix(~stream);
  for (std::size_t index = 0; index < values.size(); index += 2) {
    double u = 0, v = 0, square = 0;
    do {
      u = uniform(state);
      v = uniform(state);
      square = u * u + v * v;
    } while (square >= 1);
    const double scale = stddev * std::sqrt(-2 * portable_log(square) / square);
    values[index] = static_cast<float>(u * scale);
    if (index + 1 < values.size()) values[index + 1] = static_cast<float>(v * scale);
  }
}

}  // namespace hone::model
