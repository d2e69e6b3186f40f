#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "model/decoder.h"
#include "model/safetensors.h"
#include "model/tokenizer.h"

namespace hone::model {

/// Loads a Hugging Face folder (config.json with model.safetensors or a sharded index), a GGUF
/// file, or a PEFT adapter's folder on top of its base, as fp32; F32, F16, BF16, DeepSeek's F8_E4M3
/// with scales and the types of ggml_types.h are understood. Throws: DataError naming the file and
/// the tensor for anything missing, superfluous or of the wrong shape.
Decoder load_decoder(const std::filesystem::path& model);

/// The same for a model that is only read: weights that the file holds as F32 stay in it, mapped
/// into memory and shared with whoever else reads it, so that loading takes neither time nor memory
/// of its own; other types are widened as by load_decoder(), and what an adapter is on is copied.
/// The files may be replaced or deleted meanwhile, but not cut short. Writing to such a weight ends
/// the program.
Decoder map_decoder(const std::filesystem::path& model);

/// Writes config.json, generation_config.json and model.safetensors (F32, or BF16 rounded to
/// nearest), or of a decoder with adapters only those (F32), into an existing folder, each file
/// fsynced. Throws: DataError if a file cannot be written whole.
void save_decoder(const Decoder& decoder, const std::filesystem::path& folder,
                  DType dtype = DType::kF32);

/// Copies a tensor of a file, of any type that is understood, into one of fp32.
void read_tensor(const TensorView& from, const at::Tensor& to);

/// Writes a safetensors file of F32, or of BF16 rounded to nearest.
void write_tensors(const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                   const std::filesystem::path& file, DType dtype = DType::kF32);

}  // namespace hone::model
