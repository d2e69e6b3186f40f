#pragma once

#include <array>
#include <string_view>

namespace hone::model {

/// A way to split text before byte-level BPE merges it: llama.cpp's names and what they stand for.
struct GgufSplit {
  std::string_view name;
  bool digits = false;            // each digit by itself, before
  std::string_view pattern = {};  // a regular expression; empty: ByteLevel's own, which is GPT-2's
  bool ignore_merges = false;     // a word that is a token stays whole
  bool add_bos = false;           // where the file does not say
  bool nfc = false;               // the model's own tokenizer composes characters first
};

/// Source: llama.cpp's llama-vocab.cpp, and the tokenizer.json of the models.
inline constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
    R"(\s*[\r\n]+|\s+(?!\S)|\s+)";
inline constexpr std::string_view kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| )"
    R"(?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

inline constexpr std::array<GgufSplit, 7> kGgufSplits = {{
    {.name = "gpt-2"},
    {.name = "smollm", .digits = true},
    {.name = "qwen2", .pattern = kQwen2Pattern, .nfc = true},
    {.name = "llama-bpe", .pattern = kLlama3Pattern, .ignore_merges = true, .add_bos = true},
    // Not written, only read.
    {.name = "deepseek-r1-qwen", .pattern = kQwen2Pattern},
    {.name = "llama3", .pattern = kLlama3Pattern, .ignore_merges = true, .add_bos = true},
    {.name = "llama-v3", .pattern = kLlama3Pattern, .ignore_merges = true, .add_bos = true},
}};

}  // namespace hone::model
