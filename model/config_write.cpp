// config.json as it is written, and what it can say.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/config.h"
#include "model/config_bounds.h"
#include "model/config_parts.h"
#include "model/error.h"
#include "model/families.h"
#include "model/file_io.h"
#include "model/rope_json.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

void write_token_ids(nlohmann::ordered_json& out, const ModelConfig& config) {
  const auto id_or_null = [](std::int64_t id) { return id < 0 ? json(nullptr) : json(id); };
  out["bos_token_id"] = id_or_null(config.bos_token_id);
  out["eos_token_id"] = config.eos_token_ids.empty()       ? json(nullptr)
                        : config.eos_token_ids.size() == 1 ? json(config.eos_token_ids[0])
                                                           : json(config.eos_token_ids);
  out["pad_token_id"] = id_or_null(config.pad_token_id);
}

void write_ropes(nlohmann::ordered_json& out, const ModelConfig& config, const Family& family) {
  const nlohmann::ordered_json own = rope_object(config.rope);
  out["rope_theta"] = config.rope.rope_theta;
  if (config.rope.rope_type != "default") out["rope_scaling"] = own;
  if (!family.local_rope) {
    out["rope_parameters"] = own;
    return;
  }
  out["rope_local_base_freq"] = config.rope_local_base_freq;
  RopeConfig local;
  local.rope_theta = config.rope_local_base_freq;
  out["rope_parameters"] = {{"full_attention", own}, {"sliding_attention", rope_object(local)}};
}

void write_windows(nlohmann::ordered_json& out, const ModelConfig& config, const Family& family) {
  const bool window = config.sliding_window > 0;
  if (family.windows == Windows::kNone) return;
  const bool switched = is_switched(family.windows);
  if (switched) out["use_sliding_window"] = window;
  if (!window && switched) return;
  out["sliding_window"] = window ? json(config.sliding_window) : json(nullptr);
  if (is_uniform(family.windows)) return;
  const auto layers = static_cast<std::size_t>(config.num_hidden_layers);
  json types = json::array();
  for (std::size_t layer = 0; layer < layers; ++layer) {
    types.push_back(config.window(layer) > 0 ? "sliding_attention" : "full_attention");
  }
  out["layer_types"] = types;
  if (family.windows != Windows::kUpperLayers) return;
  // What releases without layer_types look at; it can only say "from this layer on".
  const auto& sliding = config.sliding_layers;
  const auto first = std::find(sliding.begin(), sliding.end(), true);
  if (std::find(first, sliding.end(), false) == sliding.end()) {
    out["max_window_layers"] = first - sliding.begin();
  }
}

void write_gemma(nlohmann::ordered_json& out, const ModelConfig& config) {
  const auto cap_or_null = [](double cap) { return cap > 0 ? json(cap) : json(nullptr); };
  out["query_pre_attn_scalar"] = config.query_pre_attn_scalar;
  out["attn_logit_softcapping"] = cap_or_null(config.attn_logit_softcapping);
  out["final_logit_softcapping"] = cap_or_null(config.final_logit_softcapping);
}

void check_windows(const ModelConfig& config, const Family& family, const std::string& place) {
  if (config.sliding_window == 0) return;
  const auto& sliding = config.sliding_layers;
  const auto count = std::count(sliding.begin(), sliding.end(), true);
  if (static_cast<std::int64_t>(sliding.size()) != config.num_hidden_layers || count == 0) {
    throw DataError(place + ": layer_types", "one for each layer, some with a window",
                    std::to_string(sliding.size()));
  }
  const bool possible = family.windows != Windows::kNone &&
                        (!is_uniform(family.windows) || count == config.num_hidden_layers);
  if (!possible) {
    throw DataError(place + ": sliding_window", "is not possible in " + config.model_type);
  }
}

}  // namespace

void write_config(const ModelConfig& config, const fs::path& folder) {
  check_config(config, folder.string());
  const Family& family = family_of(config.model_type, folder.string());
  nlohmann::ordered_json out;
  out["architectures"] = {std::string(family.architecture)};
  out["model_type"] = config.model_type;
  out["vocab_size"] = config.vocab_size;
  out["hidden_size"] = config.hidden_size;
  out["intermediate_size"] = config.intermediate_size;
  out["num_hidden_layers"] = config.num_hidden_layers;
  out["num_attention_heads"] = config.num_attention_heads;
  out["num_key_value_heads"] = config.num_key_value_heads;
  if (family.latent_attention) {
    write_latent_attention(config, out);
  } else {
    out["head_dim"] = config.head_dim;
  }
  write_experts(config, family, out);
  out["max_position_embeddings"] = config.max_position_embeddings;
  out[family.gemma ? "hidden_activation" : "hidden_act"] =
      family.gemma ? "gelu_pytorch_tanh" : "silu";
  out["rms_norm_eps"] = config.rms_norm_eps;
  write_ropes(out, config, family);
  out["initializer_range"] = config.initializer_range;
  if (family.attention_bias) out["attention_bias"] = config.qkv_bias;
  if (family.mlp_bias) out["mlp_bias"] = config.mlp_bias;
  write_windows(out, config, family);
  if (family.gemma) write_gemma(out, config);
  out["attention_dropout"] = 0.0;
  out["tie_word_embeddings"] = config.tie_word_embeddings;
  out["torch_dtype"] = "float32";
  out["dtype"] = "float32";
  write_token_ids(out, config);
  write_file(folder / "config.json", out.dump(2) + "\n");

  nlohmann::ordered_json generation;
  write_token_ids(generation, config);
  write_file(folder / "generation_config.json", generation.dump(2) + "\n");
}

void check_config(const ModelConfig& config, const std::string& place) {
  const Family& family = family_of(config.model_type, place + ": model_type");
  const auto require = [&](bool holds, const char* field, const std::string& expected, auto got) {
    if (!holds) throw DataError(place + ": " + field, expected, std::to_string(got));
  };
  const auto in_range = [&](const char* field, std::int64_t value, std::int64_t high) {
    require(value >= 1 && value <= high, field, "1 to " + std::to_string(high), value);
  };
  in_range("vocab_size", config.vocab_size, kMaxVocabulary);
  in_range("hidden_size", config.hidden_size, kMaxSize);
  in_range("intermediate_size", config.intermediate_size, kMaxSize);
  in_range("num_hidden_layers", config.num_hidden_layers, kMaxLayers);
  in_range("num_attention_heads", config.num_attention_heads, kMaxSize);
  in_range("num_key_value_heads", config.num_key_value_heads, kMaxSize);
  in_range("head_dim", config.head_dim, kMaxSize / config.num_attention_heads);
  in_range("max_position_embeddings", config.max_position_embeddings, kMaxPositions);
  require(config.num_attention_heads % config.num_key_value_heads == 0, "num_key_value_heads",
          "a divisor of num_attention_heads, " + std::to_string(config.num_attention_heads),
          config.num_key_value_heads);
  require(config.head_dim % 2 == 0, "head_dim", "an even number", config.head_dim);
  require(config.rms_norm_eps > 0 && config.rms_norm_eps < 1, "rms_norm_eps", "0 to 1",
          config.rms_norm_eps);
  check_rope(config.rope, place);
  require(config.rope.rope_type != "dynamic" || config.head_dim > 2, "head_dim",
          "above 2 with dynamic RoPE", config.head_dim);
  require(config.initializer_range >= 0, "initializer_range", "a number >= 0",
          config.initializer_range);
  for (const auto id : config.eos_token_ids) {
    require(id < config.vocab_size, "eos_token_id",
            "an id below vocab_size, " + std::to_string(config.vocab_size), id);
  }

  // What the family's config.json cannot say would be lost on saving.
  const auto family_allows = [&](bool holds, const char* what) {
    if (!holds) throw DataError(place + ": " + what, "is not possible in " + config.model_type);
  };
  if (family.qkv_bias) {
    family_allows(config.qkv_bias && !config.o_bias, "this choice of attention biases");
  } else {
    family_allows(config.qkv_bias == config.o_bias && (!config.qkv_bias || family.attention_bias),
                  "this choice of attention biases");
  }
  require(!family.whole_heads || config.hidden_size % config.num_attention_heads == 0,
          "hidden_size", "a multiple of num_attention_heads in " + config.model_type,
          config.hidden_size);
  family_allows(!config.mlp_bias || family.mlp_bias, "mlp_bias");
  family_allows(config.qk_norm == family.qk_norm, "this choice of qk_norm");
  for (const bool gemma :
       {config.gelu, config.norm_plus_one, config.norm_after, config.scaled_embeddings}) {
    family_allows(gemma == family.gemma, "this choice of norms, activation and embeddings");
  }
  family_allows(family.gemma == (config.query_pre_attn_scalar > 0), "query_pre_attn_scalar");
  family_allows(family.attn_softcap > 0 || config.attn_logit_softcapping == 0,
                "attn_logit_softcapping");
  family_allows(family.gemma || config.final_logit_softcapping == 0, "final_logit_softcapping");
  family_allows(family.local_rope == (config.rope_local_base_freq > 0), "rope_local_base_freq");
  require(!family.local_rope ||
              (config.rope_local_base_freq >= 1 && config.rope_local_base_freq < 1e30),
          "rope_local_base_freq", "a number of at least 1", config.rope_local_base_freq);
  for (const auto& [field, cap] :
       {std::pair{"attn_logit_softcapping", config.attn_logit_softcapping},
        std::pair{"final_logit_softcapping", config.final_logit_softcapping}}) {
    require(cap >= 0 && cap < 1e6, field, "0 to 1e6", cap);
  }
  family_allows(!family.local_rope || config.rope.rope_type != "dynamic", "dynamic RoPE");
  family_allows(!family.local_rope || config.rope.truncate, "truncate = false");
  check_windows(config, family, place);
  check_parts(config, family, place);
}

}  // namespace hone::model
