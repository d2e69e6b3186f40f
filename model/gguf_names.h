#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// What a model and its weights are called in llama.cpp's files.
namespace hone::model {

/// An architecture of llama.cpp that a family here is.
struct GgufArchitecture {
  std::string_view name, family;
  bool rotates_neighbours = false;  // of a head, where Hugging Face rotates its halves
  bool written = true;              // by gguf_export, and not only read
};

/// The architecture of a family that can be exported. Throws: DataError with `place`.
const GgufArchitecture& exported_architecture(const std::string& family, const std::string& place);

/// The architecture of this name in a file. Throws: DataError with `place` for an unknown one.
const GgufArchitecture& imported_architecture(const std::string& name, const std::string& place);

/// llama.cpp's name of a weight. Of the experts' matrices, which it stacks, that of the stack.
/// Throws: DataError for a weight that has none.
std::string gguf_name(const std::string& weight, bool gemma);

/// Where neighbours are rotated instead of a head's halves: row 2i + j of a head is row j * H/2 +
/// i of Hugging Face's.
std::int64_t source_row(std::int64_t row, std::int64_t head_dim);

/// Whether RoPE turns what this weight makes, so that its rows are in another order where
/// neighbours are rotated.
bool is_rotated(const std::string& weight);

}  // namespace hone::model
