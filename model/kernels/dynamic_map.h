#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace hone::model::kernels {

/// An 8-bit data type with more values the closer to 0, so that states whose sizes span seven
/// decades keep a precision of their own: a decade 10^(i-7) .. 10^(i-6), i = 0..6, is cut into 2^i
/// equal cells on either side of 0 (unsigned: 2^(i+1) on one), each stood for by its middle. 0 and
/// 1 are values besides.
///
/// Source: Dettmers et al. 2021 (2110.02861), section 2; the values are those of bitsandbytes'
/// create_dynamic_map.
/// Differs: unsigned, what is above 0 never becomes 0. A second moment that is lost while the first
/// one is not would make a step of any size.
class DynamicMap {
 public:
  static const DynamicMap& signed_map();    // for first moments
  static const DynamicMap& unsigned_map();  // for second moments

  /// What each code means, rising.
  const std::array<float, 256>& values() const { return values_; }

  /// Code of the value nearest to x; halfway, the lower one.
  std::uint8_t encode(float x) const {
    const std::uint8_t code = lowest_[std::bit_cast<std::uint32_t>(x) >> 16];
    return static_cast<std::uint8_t>(code + (x > bounds_[code]));
  }

 private:
  explicit DynamicMap(bool is_signed);

  std::array<float, 256> values_;
  std::array<float, 256> bounds_;  // the largest x that is still this code
  // By the upper half of x: the code of the lowest such x. Cells are wider than the numbers that
  // share an upper half are apart, so theirs is this code or the next.
  std::vector<std::uint8_t> lowest_;
};

}  // namespace hone::model::kernels
