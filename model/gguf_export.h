#pragma once

#include <filesystem>

#include "model/decoder.h"
#include "model/ggml_types.h"

namespace hone::model {

/// Writes a checkpoint folder as one GGUF file for llama.cpp: config, tokenizer and weights.
/// Matrices are of the type asked for (rows that do not fill Q8_0's blocks are F16), norms and
/// biases F32. Throws: DataError for what llama.cpp would compute otherwise, naming file and field,
/// or if the file cannot be written whole; nothing is left then. Source: llama.cpp's
/// conversion/llama.py and qwen.py.
void export_gguf(const std::filesystem::path& folder, const std::filesystem::path& output,
                 GgmlType type);

}  // namespace hone::model
