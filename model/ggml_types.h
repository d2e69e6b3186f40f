#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hone::model {

/// How llama.cpp's files hold a tensor's numbers; the values are the format's own. All are read,
/// F32, F16, BF16 and Q8_0 are also written.
enum class GgmlType : std::uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ2_K = 10,
  kQ3_K = 11,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kIQ4_NL = 20,
  kBF16 = 30
};

/// The type of this number; none for one that is not read. Source: ggml.h's enum ggml_type.
std::optional<GgmlType> ggml_type(std::uint32_t number);

/// The format's own name ("Q4_K").
std::string_view type_name(GgmlType type);

/// The names of all types, for messages.
std::string type_names();

/// Numbers that are encoded together: a row's length must be a multiple of it.
std::int64_t block_size(GgmlType type);

/// Bytes of such a block.
std::size_t block_bytes(GgmlType type);

/// Bytes of a row of `width` numbers.
std::size_t row_bytes(GgmlType type, std::int64_t width);

/// fp32 to fp16 bits, rounded to nearest, ties to even; what is too large becomes infinite.
std::uint16_t to_f16(float value);

/// fp32 to bf16 bits, rounded to nearest, ties to even; a NaN becomes a quiet one.
std::uint16_t to_bf16_bits(float value);

/// Encodes a row of F32, F16, BF16 or Q8_0 into row_bytes() bytes at `out`. Q8_0: blocks of 32
/// numbers as one fp16 scale d = max|x| / 127 and 32 whole numbers x / d, rounded half away from
/// zero; they must be finite. Source: ggml's quantize_row_q8_0_ref and ggml_compute_fp32_to_bf16;
/// gguf-py's quants.py.
void encode_row(GgmlType type, std::span<const float> row, std::byte* out);

}  // namespace hone::model
