#include "model/kernels/dynamic_map.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hone::model::kernels {
namespace {

constexpr int kDecades = 7;

std::array<float, 256> values_of(bool is_signed) {
  std::vector<float> values = {0.0f, 1.0f};
  for (int i = 0; i < kDecades; ++i) {
    const int cells = 1 << (is_signed ? i : i + 1);
    const double unit = std::pow(10.0, i - (kDecades - 1));
    for (int cell = 0; cell < cells; ++cell) {
      const double middle = unit * (0.1 + 0.9 * (cell + 0.5) / cells);
      values.push_back(static_cast<float>(middle));
      if (is_signed) values.push_back(static_cast<float>(-middle));
    }
  }
  std::sort(values.begin(), values.end());
  std::array<float, 256> all{};
  std::copy(values.begin(), values.end(), all.begin());
  return all;
}

}  // namespace

DynamicMap::DynamicMap(bool is_signed) : values_(values_of(is_signed)), lowest_(1 << 16) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (std::size_t code = 0; code < 255; ++code) {
    const double middle = (double{values_[code]} + double{values_[code + 1]}) / 2;
    const auto near = static_cast<float>(middle);
    bounds_[code] = near > middle ? std::nextafter(near, -kInfinity) : near;
  }
  bounds_[255] = kInfinity;
  if (!is_signed) bounds_[0] = 0.0f;
  for (std::uint32_t upper = 0; upper < lowest_.size(); ++upper) {
    const bool negative = upper >= 1 << 15;
    const float x = std::bit_cast<float>(upper << 16 | (negative ? 0xffffu : 0u));
    const auto bound = std::lower_bound(bounds_.begin(), bounds_.end() - 1, x);
    lowest_[upper] = static_cast<std::uint8_t>(bound - bounds_.begin());
  }
}

const DynamicMap& DynamicMap::signed_map() {
  static const DynamicMap map(true);
  return map;
}

const DynamicMap& DynamicMap::unsigned_map() {
  static const DynamicMap map(false);
  return map;
}

}  // namespace hone::model::kernels
