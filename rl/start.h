#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/tokenizer.h"

namespace hone::rl {

/// A new model: its shape, and the tokenizer trained for it. Named as in config.json.
struct InitConfig {
  std::string architecture = "qwen3";
  std::int64_t hidden_size = 96;
  std::int64_t intermediate_size = 288;
  std::int64_t num_hidden_layers = 3;
  std::int64_t num_attention_heads = 4;
  std::int64_t num_key_value_heads = 4;
  std::int64_t head_dim = 24;
  std::int64_t max_position_embeddings = 512;
  double rope_theta = 10000.0;
  double initializer_range = 0.02;
  bool tie_word_embeddings = true;
  std::optional<model::TokenizerConfig> tokenizer;

  template <class V>
  void fields(V& v) {
    v("architecture", architecture, "llama, qwen2 or qwen3");
    v("hidden_size", hidden_size, "width of the residual stream", 2, 65536);
    v("intermediate_size", intermediate_size, "width of the feed-forward layer", 1, 1 << 20);
    v("num_hidden_layers", num_hidden_layers, "blocks", 1, 1024);
    v("num_attention_heads", num_attention_heads, "query heads", 1, 1024);
    v("num_key_value_heads", num_key_value_heads, "key/value heads; divides the query heads", 1,
      1024);
    v("head_dim", head_dim, "size of a head, even", 2, 1024);
    v("max_position_embeddings", max_position_embeddings, "longest sequence in tokens", 2, 1 << 24);
    v("rope_theta", rope_theta, "base of the rotary frequencies", 1.0, 1e12);
    v("initializer_range", initializer_range, "standard deviation of the random weights", 0.0,
      10.0);
    v("tie_word_embeddings", tie_word_embeddings, "the output head is the embedding");
    v("tokenizer", tokenizer,
      "trains a tokenizer; left out, a student takes its teacher's, and a base a char one");
  }
};

}  // namespace hone::rl
