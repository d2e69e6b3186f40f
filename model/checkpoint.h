#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "model/decoder.h"
#include "model/safetensors.h"
#include "model/tokenizer.h"

namespace hone::model {

/// Loads a Hugging Face folder (config.json with model.safetensors or a sharded index), or a PEFT
/// adapter's folder on top of its base, as fp32; F32, F16 and BF16 files are understood.
/// Throws: DataError naming the file and the tensor for anything missing, superfluous or of the
/// wrong shape.
Decoder load_decoder(const std::filesystem::path& folder);

/// Writes config.json, generation_config.json and model.safetensors (fp32), or of a decoder with
/// adapters only those, into an existing folder, each file fsynced.
/// Throws: DataError if a file cannot be written whole.
void save_decoder(const Decoder& decoder, const std::filesystem::path& folder);

/// A tensor of a file, copied, as fp32: its bytes may stand at any address.
at::Tensor read_tensor(const TensorView& view);

/// Writes a safetensors file in fp32.
void write_tensors(const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                   const std::filesystem::path& file);

}  // namespace hone::model
