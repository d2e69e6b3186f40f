#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/ggml_types.h"

namespace hone::model {

/// A value of a GGUF file's metadata.
using GgufValue = std::variant<std::uint32_t, float, bool, std::string, std::vector<std::string>,
                               std::vector<float>, std::vector<std::int32_t>>;

/// Keys and values, in the order in which they are written.
using GgufMetadata = std::vector<std::pair<std::string, GgufValue>>;

/// A tensor to be written, row by row, so that it need not be there as a whole.
struct GgufTensor {
  std::string name;
  std::vector<std::int64_t> shape;  // the last dimension's numbers stand side by side
  GgmlType type = GgmlType::kF32;
  std::function<std::span<const float>(std::int64_t row)> row;  // all but the last, counted through
};

/// Writes a GGUF file (version 3, little endian); a reader sees the old file or the new one, never
/// a part. Throws: DataError if the file cannot be written whole, or for a number that is not
/// finite where the type has no such.
/// Source: ggml's docs/gguf.md.
void write_gguf(const std::filesystem::path& path, const GgufMetadata& metadata,
                std::span<const GgufTensor> tensors);

}  // namespace hone::model
