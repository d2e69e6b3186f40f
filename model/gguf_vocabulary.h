#pragma once

#include <filesystem>

#include "model/config.h"
#include "model/gguf.h"

namespace hone::model {

/// The tokenizer of a checkpoint folder as llama.cpp's tokenizer.* keys: sentencepiece's BPE and
/// char models as "llama", the byte-level BPE of a tokenizer.json as "gpt2", and "no_vocab" where
/// there is none (the model then works on ids). Unused ids up to config.vocab_size are filled up.
/// Throws: DataError naming the file for a tokenizer that llama.cpp would read otherwise.
/// Source: llama.cpp's conversion/base.py; gguf-py's SpecialVocab.
GgufMetadata gguf_vocabulary(const std::filesystem::path& folder, const ModelConfig& config);

/// The part of it for a tokenizer.json.
GgufMetadata gguf_vocabulary_json(const std::filesystem::path& folder, const ModelConfig& config);

/// The keys of special tokens, and of the chat template if the folder has one; an id of -1 is none.
struct SpecialTokens {
  std::int64_t bos = -1, eos = -1, unknown = -1, pad = -1;
  bool add_bos = false, add_eos = false;
};
void add_special_tokens(GgufMetadata& out, const SpecialTokens& tokens,
                        const std::filesystem::path& folder, const ModelConfig& config);

}  // namespace hone::model
