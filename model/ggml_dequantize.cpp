#include "model/ggml_dequantize.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace hone::model {
namespace {

// A block's bytes as unsigned numbers.
using Bytes = const std::uint8_t*;

float from_f16(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t exponent = half >> 10 & 31;
  const std::uint32_t mantissa = half & 1023;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000 | mantissa << 13);
  if (exponent > 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
  const float small = static_cast<float>(mantissa) * 0x1p-24f;  // exact
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(small));
}

std::uint16_t u16(Bytes at) { return static_cast<std::uint16_t>(at[0] | at[1] << 8); }
float half(Bytes at) { return from_f16(u16(at)); }
float bf16(Bytes at) { return std::bit_cast<float>(std::uint32_t{u16(at)} << 16); }

int low(std::uint8_t byte) { return byte & 15; }
int high(std::uint8_t byte) { return byte >> 4; }
float real(int value) { return static_cast<float>(value); }

void q4_0(Bytes in, float* out) {
  const float d = half(in);
  for (int i = 0; i < 16; ++i) {
    out[i] = d * real(low(in[2 + i]) - 8);
    out[16 + i] = d * real(high(in[2 + i]) - 8);
  }
}

void q4_1(Bytes in, float* out) {
  const float d = half(in), m = half(in + 2);
  for (int i = 0; i < 16; ++i) {
    out[i] = d * real(low(in[4 + i])) + m;
    out[16 + i] = d * real(high(in[4 + i])) + m;
  }
}

/// The fifth bit of number i of 32.
int fifth_bit(Bytes bits, int i) { return (bits[i / 8] >> i % 8 & 1) << 4; }

void q5_0(Bytes in, float* out) {
  const float d = half(in);
  const Bytes bits = in + 2, q = in + 6;
  for (int i = 0; i < 16; ++i) {
    out[i] = d * real((low(q[i]) | fifth_bit(bits, i)) - 16);
    out[16 + i] = d * real((high(q[i]) | fifth_bit(bits, 16 + i)) - 16);
  }
}

void q5_1(Bytes in, float* out) {
  const float d = half(in), m = half(in + 2);
  const Bytes bits = in + 4, q = in + 8;
  for (int i = 0; i < 16; ++i) {
    out[i] = d * real(low(q[i]) | fifth_bit(bits, i)) + m;
    out[16 + i] = d * real(high(q[i]) | fifth_bit(bits, 16 + i)) + m;
  }
}

void q8_0(Bytes in, float* out) {
  const float d = half(in);
  for (int i = 0; i < 32; ++i) out[i] = real(static_cast<std::int8_t>(in[2 + i])) * d;
}

void iq4_nl(Bytes in, float* out) {
  constexpr std::array<int, 16> kValues = {-127, -104, -83, -65, -49, -35, -22, -10,
                                           1,    13,   25,  38,  53,  69,  89,  113};
  const float d = half(in);
  for (int i = 0; i < 16; ++i) {
    out[i] = d * real(kValues[low(in[2 + i])]);
    out[16 + i] = d * real(kValues[high(in[2 + i])]);
  }
}

// The K types: blocks of 256 numbers, in which groups of 16 or 32 have scales of their own.
constexpr int kBlock = 256;

/// Two bits of number i, which stand in quarters of 32 bytes, 128 numbers to each 32 bytes.
int two_bits(Bytes q, int i) { return q[i / 128 * 32 + i % 32] >> i / 32 % 4 * 2 & 3; }

void q2_k(Bytes in, float* out) {
  const Bytes scales = in, q = in + 16;
  const float d = half(in + 80), d_min = half(in + 82);
  for (int i = 0; i < kBlock; ++i) {
    const float scale = d * real(low(scales[i / 16]));
    const float minimum = d_min * real(high(scales[i / 16]));
    out[i] = scale * real(two_bits(q, i)) - minimum;
  }
}

/// One of Q3_K's sixteen scales of six bits: four in the first eight bytes, two in the last four.
int q3_scale(Bytes scales, int group) {
  const int first = group < 8 ? low(scales[group]) : high(scales[group - 8]);
  const int last = scales[8 + group % 4] >> group / 4 * 2 & 3;
  return (first | last << 4) - 32;
}

void q3_k(Bytes in, float* out) {
  const Bytes mask = in, q = in + 32, scales = in + 96;
  const float d = half(in + 108);
  for (int i = 0; i < kBlock; ++i) {
    const float scale = d * real(q3_scale(scales, i / 16));
    const int offset = (mask[i % 32] >> i / 32 & 1) != 0 ? 0 : 4;
    out[i] = scale * real(two_bits(q, i) - offset);
  }
}

struct ScaleAndMinimum {
  int scale, minimum;
};
/// One of the eight pairs of six bits each that Q4_K and Q5_K have.
ScaleAndMinimum pair_of(Bytes scales, int group) {
  if (group < 4) return {scales[group] & 63, scales[4 + group] & 63};
  const int i = group - 4;
  return {low(scales[8 + i]) | (scales[i] >> 2 & 48),
          high(scales[8 + i]) | (scales[4 + i] >> 2 & 48)};
}

/// Four bits of number i: 64 numbers to each 32 bytes, low halves first.
int four_bits(Bytes q, int i) {
  const std::uint8_t byte = q[i / 64 * 32 + i % 32];
  return i % 64 < 32 ? low(byte) : high(byte);
}

/// `bits` (none in Q4_K) hold the fifth bit.
void q4_or_q5_k(Bytes in, Bytes bits, Bytes q, float* out) {
  const float d = half(in), d_min = half(in + 2);
  for (int group = 0; group < 8; ++group) {
    const auto [scale, minimum] = pair_of(in + 4, group);
    const float times = d * real(scale), less = d_min * real(minimum);
    for (int i = group * 32; i < group * 32 + 32; ++i) {
      const int fifth = bits == nullptr ? 0 : (bits[i % 32] >> group & 1) << 4;
      out[i] = times * real(four_bits(q, i) | fifth) - less;
    }
  }
}
void q4_k(Bytes in, float* out) { q4_or_q5_k(in, nullptr, in + 16, out); }
void q5_k(Bytes in, float* out) { q4_or_q5_k(in, in + 16, in + 48, out); }

void q6_k(Bytes in, float* out) {
  const Bytes q = in, bits = in + 128, scales = in + 192;
  const float d = half(in + 208);
  for (int i = 0; i < kBlock; ++i) {
    const std::uint8_t byte = q[i / 128 * 64 + i % 64];
    const int four = i % 128 < 64 ? low(byte) : high(byte);
    const float scale = d * real(static_cast<std::int8_t>(scales[i / 16]));
    out[i] = scale * real((four | two_bits(bits, i) << 4) - 32);
  }
}

void f32(Bytes in, float* out) { std::memcpy(out, in, sizeof *out); }
void f16(Bytes in, float* out) { *out = half(in); }
void bf16_one(Bytes in, float* out) { *out = bf16(in); }

/// A function for each type makes a loop for each.
template <void (*kDecode)(Bytes, float*)>
void each_block(GgmlType type, std::span<const std::byte> bytes, std::span<float> out) {
  const auto block = static_cast<std::size_t>(block_size(type));
  const auto* in = reinterpret_cast<Bytes>(bytes.data());
  const auto bytes_of_block = static_cast<std::size_t>(block_bytes(type));
  for (std::size_t i = 0; i < out.size(); i += block, in += bytes_of_block) {
    kDecode(in, out.data() + i);
  }
}

}  // namespace

void decode_row(GgmlType type, std::span<const std::byte> bytes, std::span<float> out) {
  switch (type) {
    case GgmlType::kF32:
      return each_block<f32>(type, bytes, out);
    case GgmlType::kF16:
      return each_block<f16>(type, bytes, out);
    case GgmlType::kBF16:
      return each_block<bf16_one>(type, bytes, out);
    case GgmlType::kQ4_0:
      return each_block<q4_0>(type, bytes, out);
    case GgmlType::kQ4_1:
      return each_block<q4_1>(type, bytes, out);
    case GgmlType::kQ5_0:
      return each_block<q5_0>(type, bytes, out);
    case GgmlType::kQ5_1:
      return each_block<q5_1>(type, bytes, out);
    case GgmlType::kQ8_0:
      return each_block<q8_0>(type, bytes, out);
    case GgmlType::kQ2_K:
      return each_block<q2_k>(type, bytes, out);
    case GgmlType::kQ3_K:
      return each_block<q3_k>(type, bytes, out);
    case GgmlType::kQ4_K:
      return each_block<q4_k>(type, bytes, out);
    case GgmlType::kQ5_K:
      return each_block<q5_k>(type, bytes, out);
    case GgmlType::kQ6_K:
      return each_block<q6_k>(type, bytes, out);
    case GgmlType::kIQ4_NL:
      return each_block<iq4_nl>(type, bytes, out);
  }
}

}  // namespace hone::model
