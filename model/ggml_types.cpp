#include "model/ggml_types.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace hone::model {
namespace {

struct TypeInfo {
  GgmlType type;
  std::string_view name;
  std::int64_t block;
  std::size_t bytes;
};
constexpr std::array kGgmlTypes = {
    TypeInfo{GgmlType::kF32, "F32", 1, 4},       TypeInfo{GgmlType::kF16, "F16", 1, 2},
    TypeInfo{GgmlType::kBF16, "BF16", 1, 2},     TypeInfo{GgmlType::kQ8_0, "Q8_0", 32, 34},
    TypeInfo{GgmlType::kQ4_0, "Q4_0", 32, 18},   TypeInfo{GgmlType::kQ4_1, "Q4_1", 32, 20},
    TypeInfo{GgmlType::kQ5_0, "Q5_0", 32, 22},   TypeInfo{GgmlType::kQ5_1, "Q5_1", 32, 24},
    TypeInfo{GgmlType::kQ2_K, "Q2_K", 256, 84},  TypeInfo{GgmlType::kQ3_K, "Q3_K", 256, 110},
    TypeInfo{GgmlType::kQ4_K, "Q4_K", 256, 144}, TypeInfo{GgmlType::kQ5_K, "Q5_K", 256, 176},
    TypeInfo{GgmlType::kQ6_K, "Q6_K", 256, 210}, TypeInfo{GgmlType::kIQ4_NL, "IQ4_NL", 32, 18},
};

const TypeInfo& type_info(GgmlType type) {
  return *std::find_if(kGgmlTypes.begin(), kGgmlTypes.end(),
                       [&](const TypeInfo& entry) { return entry.type == type; });
}

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

std::optional<GgmlType> ggml_type(std::uint32_t number) {
  for (const auto& known : kGgmlTypes) {
    if (static_cast<std::uint32_t>(known.type) == number) return known.type;
  }
  return std::nullopt;
}

std::string_view type_name(GgmlType type) { return type_info(type).name; }

std::string type_names() {
  std::string names;
  for (const auto& known : kGgmlTypes)
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  return names;
}

std::int64_t block_size(GgmlType type) { return type_info(type).block; }

std::size_t block_bytes(GgmlType type) { return type_info(type).bytes; }

std::size_t row_bytes(GgmlType type, std::int64_t width) {
  return static_cast<std::size_t>(width / block_size(type)) * block_bytes(type);
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
    default:
      throw std::logic_error(std::string(type_name(type)) + " is not written");
  }
}

}  // namespace hone::model
