#pragma once

#include <cstdint>
#include <span>

namespace hone::model {

/// Fills `values` with normal numbers of mean 0 and this standard deviation. The seed and the
/// stream's number alone decide them: the same bits on every machine, since neither a vectorised
/// kernel nor the C library's logarithm takes part. Source: Marsaglia's polar method, over
/// splitmix64 (Steele, Lea and Flood 2014).
void fill_normal(std::span<float> values, double stddev, std::uint64_t seed, std::uint64_t stream);

}  // namespace hone::model
