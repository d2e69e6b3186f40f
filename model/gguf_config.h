#pragma once

#include "model/config.h"
#include "model/gguf_names.h"
#include "model/gguf_read.h"

namespace hone::model {

/// The architecture that a GGUF file names. Throws: DataError for one that is not known.
const GgufArchitecture& architecture_of(const GgufFile& file);

/// What a GGUF file's metadata, and the tensors that are in it, say about the model.
/// Throws: DataError naming the file and the key for what is missing, out of range, or would change
/// the numbers and is not supported.
/// Source: llama.cpp's llama-model.cpp (which keys, and what is taken where there is none).
ModelConfig gguf_config(const GgufFile& file);

/// RoPE of an architecture whose keys begin with `prefix`, "llama.", with the base that counts
/// where the file has none. Llama 3's is found from what rope_freqs.weight divides frequencies by.
RopeConfig gguf_rope(const GgufFile& file, const std::string& prefix, std::int64_t head_dim,
                     double theta);

}  // namespace hone::model
