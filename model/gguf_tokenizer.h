#pragma once

#include <string>

#include "model/gguf_read.h"

// The tokenizer of a GGUF file as the files of a Hugging Face folder.
namespace hone::model {

/// Whether the file holds a tokenizer; without one the model works on ids.
bool gguf_has_tokenizer(const GgufFile& file);

/// The tokenizer as a tokenizer.json. "gpt2" is byte-level BPE with merges, and text is split as
/// the pre-tokenizer of that name does; "llama" is sentencepiece's BPE with scores.
/// Throws: DataError naming file and key for another tokenizer or pre-tokenizer, and for one that
/// is damaged.
/// Source: llama.cpp's llama-vocab.cpp; transformers' gguf_tokenizer_mapping.py.
std::string gguf_tokenizer_json(const GgufFile& file);

/// The tokenizer_config.json beside it: special tokens and the chat template.
std::string gguf_tokenizer_config(const GgufFile& file);

}  // namespace hone::model
