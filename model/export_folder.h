#pragma once

#include <filesystem>

#include "model/safetensors.h"

namespace hone::model {

/// Writes a model as another Hugging Face folder, weights as F32 or BF16 (rounded to nearest), the
/// tokenizer's files as they are, of a GGUF file as it is read; an adapter's folder merged with its
/// base. `output`
/// appears whole or not at all. Throws: DataError if it is there already and not empty, or cannot
/// be written.
void export_folder(const std::filesystem::path& model, const std::filesystem::path& output,
                   DType dtype);

}  // namespace hone::model
