#include "model/ggml_types.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace hone::model {
namespace {

constexpr std::int64_t kBlock = 32;  // numbers that share a scale in Q8_0

void encode_block(const float* x, std::byte* out) {
  float largest = 0;
  for (std::int64_t i = 0; i < kBlock; ++i) largest = std::max(largest, std::fabs(x[i]));
  const float scale = largest / 127.0f;
  const float inverse = scale == 0 ? 0.0f : 1.0f / scale;
  const std::uint16_t bits = to_f16(scale);
  std::memcpy(out, &bits, sizeof bits);
  for (std::int64_t i = 0; i < kBlock; ++i) {
    out[2 + i] = static_cast<std::byte>(static_cast<std::int8_t>(std::round(x[i] * inverse)));
  }
}

template <class F>
void encode_halves(std::span<const float> row, std::byte* out, F to_bits) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::uint16_t bits = to_bits(row[i]);
    std::memcpy(out + i * sizeof bits, &bits, sizeof bits);
  }
}

}  // namespace

std::int64_t block_size(GgmlType type) { return type == GgmlType::kQ8_0 ? kBlock : 1; }

std::size_t row_bytes(GgmlType type, std::int64_t width) {
  const auto count = static_cast<std::size_t>(width);
  switch (type) {
    case GgmlType::kF32:
      return count * 4;
    case GgmlType::kQ8_0:
      return count / kBlock * (2 + kBlock);
    default:
      return count * 2;
  }
}

std::uint16_t to_f16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  const std::uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;   // NaN
  if (magnitude >= 0x47800000) return sign | 0x7c00;  // 65536 and more
  if (magnitude < 0x38800000) {
    // Below the smallest normal fp16: adding 0.5 leaves the rounded mantissa in the last bits.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return sign | static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(shifted) - 0x3f000000);
  }
  // 13 bits are dropped; a carry runs on into the exponent, up to infinity.
  const std::uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
  return sign | static_cast<std::uint16_t>((rounded - 0x38000000) >> 13);
}

std::uint16_t to_bf16_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<std::uint16_t>(bits >> 16 | 64);
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void encode_row(GgmlType type, std::span<const float> row, std::byte* out) {
  switch (type) {
    case GgmlType::kF32:
      std::memcpy(out, row.data(), row.size_bytes());
      break;
    case GgmlType::kF16:
      encode_halves(row, out, to_f16);
      break;
    case GgmlType::kBF16:
      encode_halves(row, out, to_bf16_bits);
      break;
    case GgmlType::kQ8_0:
      for (std::size_t i = 0; i + kBlock <= row.size(); i += kBlock, out += 2 + kBlock) {
        encode_block(row.data() + i, out);
      }
      break;
  }
}

}  // namespace hone::model
