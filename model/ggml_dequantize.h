#pragma once

#include <cstddef>
#include <span>

#include "model/ggml_types.h"

namespace hone::model {

/// Decodes whole blocks of any type: `out` holds as many numbers as they do. The bytes may stand at
/// any address. The numbers are those of gguf-py, bit for bit: products and sums are rounded one by
/// one, in its order. Source: gguf-py's quants.py; ggml-quants.c.
void decode_row(GgmlType type, std::span<const std::byte> bytes, std::span<float> out);

}  // namespace hone::model
