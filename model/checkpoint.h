#pragma once

#include <filesystem>

#include "model/decoder.h"
#include "model/safetensors.h"
#include "model/tokenizer.h"

namespace hone::model {

/// Loads a Hugging Face folder (config.json with model.safetensors or a sharded index) as fp32;
/// F32, F16 and BF16 files are understood.
/// Throws: DataError naming the file and the tensor for anything missing, superfluous or of the
/// wrong shape.
Decoder load_decoder(const std::filesystem::path& folder);

/// The same for a model that is only read: weights that the file holds as F32 stay in it, mapped
/// into memory and shared with whoever else reads it, so that loading takes neither time nor memory
/// of its own; F16 and BF16 are widened as by load_decoder(). The files may be replaced or deleted
/// meanwhile, but not cut short. Writing to such a weight ends the program.
Decoder map_decoder(const std::filesystem::path& folder);

/// Writes config.json, generation_config.json and model.safetensors (F32, or BF16 rounded to
/// nearest) into an existing folder, each file fsynced. Throws: DataError if a file cannot be
/// written whole.
void save_decoder(const Decoder& decoder, const std::filesystem::path& folder,
                  DType dtype = DType::kF32);

}  // namespace hone::model
