#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hone::model {

/// Shape and switches of a dense decoder: Llama, Qwen2 and Qwen3 are settings of it. Field names
/// are those of Hugging Face's config.json.
struct ModelConfig {
  std::string model_type = "qwen3";  // "llama", "qwen2" or "qwen3"
  std::int64_t vocab_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t num_hidden_layers = 0;
  std::int64_t num_attention_heads = 0;
  std::int64_t num_key_value_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t max_position_embeddings = 0;
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000.0;
  double initializer_range = 0.02;
  bool qkv_bias = false;  // Qwen2; Llama's attention_bias sets this and o_bias
  bool o_bias = false;
  bool mlp_bias = false;  // Llama's mlp_bias
  bool qk_norm = false;   // Qwen3: RMSNorm over each head of q and k, before RoPE
  bool tie_word_embeddings = false;
  std::vector<std::int64_t> eos_token_ids;  // config.json has a number or a list
  std::int64_t bos_token_id = -1;           // -1: none
  std::int64_t pad_token_id = -1;           // -1: none

  /// Number of parameters, a tied head counted once.
  std::int64_t num_parameters() const;
};

/// Sets what a family fixes: its name and its switches (biases, qk_norm). Sizes are left alone.
/// Throws: DataError for an unknown family.
void set_family(ModelConfig& config, const std::string& model_type);

/// Reads `folder`/config.json, in the old spelling (rope_theta, torch_dtype) and the new one
/// (rope_parameters, dtype). generation_config.json's eos_token_id is added where present.
/// Throws: DataError naming file and field for an unknown family, for a field that is missing or
/// out of range, and for one that would change the numbers and is not supported (rope scaling,
/// sliding window in use, another activation): a checkpoint is never loaded wrongly.
ModelConfig read_config(const std::filesystem::path& folder);

/// Writes config.json (both spellings, so that old and new transformers read it) and
/// generation_config.json.
void write_config(const ModelConfig& config, const std::filesystem::path& folder);

/// Throws: DataError with `place` where sizes contradict each other.
void check_config(const ModelConfig& config, const std::string& place);

}  // namespace hone::model
