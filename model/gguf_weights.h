#pragma once

#include <memory>
#include <span>
#include <vector>

#include "model/config.h"
#include "model/gguf_read.h"

namespace hone::model {

struct WeightFiles;

/// A weight as a GGUF file holds it: encoded, and for llama.cpp's arithmetic.
struct GgufWeight {
  GgmlType type;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
  std::int64_t rotated_head = 0;  // size of a head whose rows stand in llama.cpp's order; 0: none
  bool plus_one = false;          // Gemma's norms are stored as 1 + w
};

/// Decodes a weight into so many numbers, a row at a time, and gives the file's pages back.
void read_gguf_weight(const GgufWeight& from, std::span<float> to);

/// The tensors of a GGUF file by the names of a Hugging Face folder, stacks of experts taken apart.
/// Throws: DataError for one that is not this config's.
WeightFiles gguf_weights(std::shared_ptr<const GgufFile> file, const ModelConfig& config);

}  // namespace hone::model
