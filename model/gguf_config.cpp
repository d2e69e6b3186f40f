#include "model/gguf_config.h"

#include <algorithm>

#include "model/config_bounds.h"
#include "model/error.h"
#include "model/families.h"

namespace hone::model {
namespace {

/// The keys of one architecture.
struct Keys {
  const GgufFile& file;
  std::string prefix;

  std::int64_t size(const char* key) const { return file.integer(prefix + key, 1, kMaxSize); }
  std::int64_t size(const char* key, std::int64_t otherwise) const {
    return file.integer(prefix + key, otherwise, 1, kMaxSize);
  }
  double number(const char* key, double otherwise) const {
    return file.number(prefix + key, otherwise);
  }
  /// A size that may only be this one, as nothing else is built.
  void require(const char* key, std::int64_t only) const {
    const std::int64_t value = file.integer(prefix + key, only, 0, kMaxPositions);
    if (value == only) return;
    throw DataError(file.place(prefix + key),
                    std::to_string(only) + ", as nothing else is supported", std::to_string(value));
  }
};

/// Rows of the embedding: there may be more than the tokenizer has texts.
std::int64_t vocabulary_of(const GgufFile& file) {
  const auto found = file.tensors().find("token_embd.weight");
  if (found == file.tensors().end() || found->second.shape.size() != 2) {
    throw DataError(file.tensor_place("token_embd.weight"), "a matrix", "none");
  }
  return found->second.shape[0];
}

void read_sizes(const Keys& keys, ModelConfig& config) {
  config.vocab_size = vocabulary_of(keys.file);
  config.hidden_size = keys.size("embedding_length");
  config.num_hidden_layers = keys.file.integer(keys.prefix + "block_count", 1, kMaxLayers);
  config.num_attention_heads = keys.size("attention.head_count");
  config.num_key_value_heads = keys.size("attention.head_count_kv", config.num_attention_heads);
  config.head_dim =
      keys.size("attention.key_length",
                std::max<std::int64_t>(config.hidden_size / config.num_attention_heads, 1));
  config.max_position_embeddings =
      keys.file.integer(keys.prefix + "context_length", 1, kMaxPositions);
  config.rms_norm_eps = keys.file.number(keys.prefix + "attention.layer_norm_rms_epsilon");
  keys.require("attention.value_length", config.head_dim);
  keys.require("rope.dimension_count", config.head_dim);
}

/// Qwen3's: its router makes the chosen experts' weights add up to 1.
void read_experts(const Keys& keys, bool has_them, ModelConfig& config) {
  if (!has_them) {
    keys.require("expert_count", 0);
    config.intermediate_size = keys.size("feed_forward_length");
    return;
  }
  MoeConfig& moe = config.moe;
  moe.n_routed_experts = keys.size("expert_count");
  moe.num_experts_per_tok = keys.size("expert_used_count");
  moe.moe_intermediate_size = keys.size("expert_feed_forward_length");
  moe.norm_topk_prob = true;
  moe.layers.assign(static_cast<std::size_t>(config.num_hidden_layers), true);
  keys.require("expert_shared_count", 0);
  if (const double scale = keys.number("expert_weights_scale", 1); scale != 1 && scale != 0) {
    throw DataError(keys.file.place(keys.prefix + "expert_weights_scale"), "1",
                    std::to_string(scale));
  }
  // No layer has such a one, but the field has to hold something.
  config.intermediate_size = keys.size("feed_forward_length", moe.moe_intermediate_size);
}

/// Which layers see only a window, and what scores are divided by, go by the architecture.
void read_gemma_keys(const Keys& keys, const Family& family, ModelConfig& config) {
  const bool second = !family.local_rope;
  const std::int64_t window =
      keys.file.integer(keys.prefix + "attention.sliding_window", 1, kMaxPositions);
  const std::int64_t pattern = second ? 2 : 6;
  keys.require("attention.sliding_window_pattern", pattern);
  for (std::int64_t layer = 0; layer < config.num_hidden_layers; ++layer) {
    config.sliding_layers.push_back(layer % pattern < pattern - 1);
  }
  config.sliding_window = window;
  // The largest models of both are the exception: llama.cpp knows them by their layers.
  const bool largest = config.num_hidden_layers == (second ? 46 : 62);
  config.query_pre_attn_scalar =
      largest ? config.hidden_size / config.num_attention_heads : config.head_dim;
  if (second) {
    config.attn_logit_softcapping = keys.number("attn_logit_softcapping", family.attn_softcap);
    config.final_logit_softcapping = keys.number("final_logit_softcapping", family.final_softcap);
  } else {
    config.final_logit_softcapping = keys.number("final_logit_softcapping", 0);
    config.rope_local_base_freq = keys.number("rope.freq_base_swa", 10000);
  }
}

/// The file says so only by the tensors that it holds.
void read_biases(const GgufFile& file, const Family& family, ModelConfig& config) {
  const auto has = [&](const char* name) { return file.tensors().contains(name); };
  config.tie_word_embeddings = !has("output.weight");
  if (family.attention_bias) {
    config.qkv_bias = has("blk.0.attn_q.bias");
    config.o_bias = has("blk.0.attn_output.bias");
  }
  if (family.mlp_bias) config.mlp_bias = has("blk.0.ffn_gate.bias");
}

void read_token_ids(const GgufFile& file, ModelConfig& config) {
  const auto id = [&](const char* key, std::int64_t otherwise) {
    const std::int64_t last = config.vocab_size - 1;
    return file.integer(std::string("tokenizer.ggml.") + key, std::min(otherwise, last), -1, last);
  };
  // What llama.cpp takes for a sentencepiece vocabulary.
  const bool pieces = file.text("tokenizer.ggml.model", "") == "llama";
  config.bos_token_id = id("bos_token_id", pieces ? 1 : -1);
  config.pad_token_id = id("padding_token_id", -1);
  const std::int64_t eos = id("eos_token_id", pieces ? 2 : -1);
  const std::int64_t turn = id("eot_token_id", -1);
  if (eos >= 0) config.eos_token_ids.push_back(eos);
  if (turn >= 0 && turn != eos) config.eos_token_ids.push_back(turn);
}

}  // namespace

const GgufArchitecture& architecture_of(const GgufFile& file) {
  const char* const key = "general.architecture";
  return imported_architecture(file.text(key), file.place(key));
}

ModelConfig gguf_config(const GgufFile& file) {
  const GgufArchitecture& architecture = architecture_of(file);
  const Keys keys{file, std::string(architecture.name) + "."};
  const Family& family = family_of(std::string(architecture.family), file.path().string());
  ModelConfig config;
  set_family(config, std::string(architecture.family));
  read_sizes(keys, config);
  read_experts(keys, family.experts != Experts::kNone, config);
  config.rope = gguf_rope(file, keys.prefix, config.head_dim, family.local_rope ? 1e6 : 1e4);
  if (family.gemma) {
    read_gemma_keys(keys, family, config);
  } else {
    keys.require("attention.sliding_window", 0);
  }
  read_biases(file, family, config);
  read_token_ids(file, config);
  check_config(config, file.path().string());
  return config;
}

}  // namespace hone::model
