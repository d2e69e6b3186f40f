#include "model/config.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "model/config_bounds.h"
#include "model/config_parts.h"
#include "model/error.h"
#include "model/families.h"
#include "model/json_fields.h"
#include "model/model_files.h"
#include "model/rope_json.h"
#include "model/weight_files.h"
#include "model/weight_shapes.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// layer_types, one a layer: which of them have a window.
std::vector<bool> read_layer_types(const Fields& fields, std::int64_t layers) {
  const json& types = fields.json()["layer_types"];
  if (!types.is_array() || static_cast<std::int64_t>(types.size()) != layers) {
    throw DataError(fields.place("layer_types"),
                    "a list of " + std::to_string(layers) + ", one for each layer", types.dump());
  }
  std::vector<bool> sliding;
  for (const auto& type : types) {
    if (type != "full_attention" && type != "sliding_attention") {
      throw DataError(fields.place("layer_types"), "\"full_attention\" or \"sliding_attention\"",
                      type.dump());
    }
    sliding.push_back(type == "sliding_attention");
  }
  return sliding;
}

/// The layers with a window where layer_types does not name them.
std::vector<bool> default_sliding_layers(const Fields& fields, Windows windows,
                                         std::int64_t layers) {
  std::vector<bool> sliding;
  const std::int64_t first = fields.integer("max_window_layers", 28, 0, kMaxPositions);
  const std::int64_t pattern = fields.integer("sliding_window_pattern", 6, 1, kMaxLayers);
  for (std::int64_t layer = 0; layer < layers; ++layer) {
    sliding.push_back(is_uniform(windows) || (windows == Windows::kUpperLayers && layer >= first) ||
                      (windows == Windows::kEveryOther && layer % 2 == 0) ||
                      (windows == Windows::kPattern && (layer + 1) % pattern != 0));
  }
  return sliding;
}

void read_windows(const Fields& fields, Windows windows, ModelConfig& config) {
  if (windows == Windows::kNone) return;
  const bool listed = windows != Windows::kSwitched && fields.has("layer_types");
  const bool off = is_switched(windows) && !fields.flag("use_sliding_window", false);
  // A null window is none, a missing one has a default.
  const bool null = fields.contains("sliding_window") && !fields.has("sliding_window");
  const std::int64_t window =
      off || null ? 0 : fields.integer("sliding_window", 4096, 1, kMaxPositions);
  const bool by_default =
      window > 0 || windows == Windows::kEveryOther || windows == Windows::kPattern;
  std::vector<bool> sliding(static_cast<std::size_t>(config.num_hidden_layers), false);
  if (listed) {
    sliding = read_layer_types(fields, config.num_hidden_layers);
  } else if (by_default) {
    sliding = default_sliding_layers(fields, windows, config.num_hidden_layers);
  }
  const auto count = std::count(sliding.begin(), sliding.end(), true);
  if (window == 0 && count > 0) {
    throw DataError(fields.place(off ? "use_sliding_window" : "sliding_window"),
                    "a window, as some layers have one", off ? "false" : "null");
  }
  if (windows == Windows::kEveryLayer && window > 0 && count < config.num_hidden_layers) {
    throw DataError(fields.place("layer_types"),
                    "all sliding_attention, as in every " + config.model_type + " with a window",
                    fields.json()["layer_types"].dump());
  }
  if (count == 0) return;
  config.sliding_window = window;
  config.sliding_layers = std::move(sliding);
}

/// RoPE of Gemma 3: the new spelling has an object for each kind of layer.
void read_two_ropes(const Fields& fields, ModelConfig& config) {
  const std::int64_t positions = config.max_position_embeddings;
  double theta = fields.number("rope_theta", 1e6);
  config.rope_local_base_freq = fields.number("rope_local_base_freq", 1e4);
  config.rope.rope_theta = theta;
  if (fields.has("rope_parameters")) {
    const Fields both = fields.object("rope_parameters");
    for (const auto& [key, value] : both.json().items()) {
      if (key != "full_attention" && key != "sliding_attention") {
        throw DataError(both.place(key), "is neither full_attention nor sliding_attention");
      }
    }
    if (both.has("full_attention")) {
      config.rope = read_rope_object(both.object("full_attention"), theta, positions);
      theta = config.rope.rope_theta;
    }
    if (both.has("sliding_attention")) {
      const Fields local = both.object("sliding_attention");
      const RopeConfig rope = read_rope_object(local, config.rope_local_base_freq, positions);
      if (rope.rope_type != "default") {
        throw DataError(local.place("rope_type"), "default", "\"" + rope.rope_type + "\"");
      }
      config.rope_local_base_freq = rope.rope_theta;
    }
  }
  if (fields.has("rope_scaling")) {
    const Fields scaling = fields.object("rope_scaling");
    if (scaling.has("type") && !scaling.has("rope_type")) {
      throw DataError(scaling.place("type"), "is ignored by transformers, which wants rope_type");
    }
    config.rope = read_rope_object(scaling, theta, positions);
  }
}

/// A number, or none for null; what it is where nothing is said.
double read_softcap(const Fields& fields, const char* key, double otherwise) {
  if (fields.contains(key) && !fields.has(key)) return 0;
  const double cap = fields.number(key, otherwise);
  if (fields.has(key) && !(cap > 0)) {
    throw DataError(fields.place(key), "a number above 0, or null", fields.json()[key].dump());
  }
  return cap;
}

void read_gemma(const Fields& fields, const Family& family, ModelConfig& config) {
  config.query_pre_attn_scalar = fields.integer("query_pre_attn_scalar", 256, 1, kMaxSize);
  config.attn_logit_softcapping =
      read_softcap(fields, "attn_logit_softcapping", family.attn_softcap);
  config.final_logit_softcapping =
      read_softcap(fields, "final_logit_softcapping", family.final_softcap);
  if (family.attn_softcap == 0 && config.attn_logit_softcapping > 0) {
    throw DataError(fields.place("attn_logit_softcapping"),
                    "null: some readers of " + config.model_type + " follow it and some do not",
                    fields.json()["attn_logit_softcapping"].dump());
  }
  if (fields.flag("use_bidirectional_attention", false)) {
    throw DataError(fields.place("use_bidirectional_attention"), "false", "true");
  }
}

/// Refuses what would change the numbers and is not built.
void refuse_unsupported(const Fields& fields, const Family& family) {
  const char* const key = family.gemma ? "hidden_activation" : "hidden_act";
  const std::string expected = family.gemma ? "gelu_pytorch_tanh" : "silu";
  const std::string activation = fields.text(key, expected);
  if (activation != expected && (family.gemma || activation != "swish")) {
    throw DataError(fields.place(key), expected, "\"" + activation + "\"");
  }
  if (fields.has("quantization_config")) {
    const Fields quantization = fields.object("quantization_config");
    const bool known =
        quantization.text("quant_method") == "fp8" && quantization.text("fmt", "e4m3") == "e4m3" &&
        quantization.json().value("weight_block_size", json()) == json{kScaleBlock, kScaleBlock};
    if (!known) {
      throw DataError(fields.place("quantization_config"),
                      "fp8 in the format e4m3 with a weight_block_size of [128, 128]",
                      quantization.json().dump());
    }
  }
}

void add_eos(const Fields& fields, std::vector<std::int64_t>& ids) {
  if (!fields.has("eos_token_id")) return;
  const json& value = fields.json()["eos_token_id"];
  for (const auto& id : value.is_array() ? value : json::array({value})) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= std::uint64_t{kMaxVocabulary}) {
      throw DataError(fields.place("eos_token_id"), "a token id or a list of them", value.dump());
    }
    const auto number = id.get<std::int64_t>();
    if (std::find(ids.begin(), ids.end(), number) == ids.end()) ids.push_back(number);
  }
}

}  // namespace

std::int64_t ModelConfig::num_parameters() const {
  std::int64_t sum = 0;
  for (const auto& [name, shape] : weight_shapes(*this)) {
    std::int64_t product = 1;
    for (const auto size : shape) product *= size;
    sum += product;
  }
  return sum;
}

float ModelConfig::attention_scale() const {
  if (latent_attention()) {
    const double size = static_cast<double>(mla.qk_nope_head_dim + head_dim);
    return static_cast<float>(yarn_score_factor(rope) / std::sqrt(size));
  }
  const std::int64_t scalar = query_pre_attn_scalar > 0 ? query_pre_attn_scalar : head_dim;
  return 1.0f / std::sqrt(static_cast<float>(scalar));
}

ModelConfig read_config(const fs::path& model) { return open_model_files(model)->config(); }

ModelConfig read_folder_config(const fs::path& folder) {
  const Fields fields = Fields::read(folder / "config.json");
  const std::string model_type = fields.text("model_type");
  const Family& family = family_of(model_type, fields.place("model_type"));

  ModelConfig config;
  set_family(config, model_type);
  const auto size = [&](const char* key) { return fields.integer(key, 1, kMaxSize); };
  config.vocab_size = fields.integer("vocab_size", 1, kMaxVocabulary);
  config.hidden_size = size("hidden_size");
  config.intermediate_size = size("intermediate_size");
  config.num_hidden_layers = fields.integer("num_hidden_layers", 1, kMaxLayers);
  config.num_attention_heads = size("num_attention_heads");
  // An explicit null means the number of query heads in every family; only silence differs.
  const bool by_family = !fields.contains("num_key_value_heads") && family.num_key_value_heads > 0;
  config.num_key_value_heads = fields.integer(
      "num_key_value_heads", by_family ? family.num_key_value_heads : config.num_attention_heads, 1,
      kMaxSize);
  config.head_dim = fields.integer(
      "head_dim",
      family.head_dim > 0 ? family.head_dim : config.hidden_size / config.num_attention_heads, 1,
      kMaxSize);
  config.max_position_embeddings =
      fields.integer("max_position_embeddings", family.max_position_embeddings, 1, kMaxPositions);
  config.rms_norm_eps = fields.number("rms_norm_eps", 1e-6);
  if (family.latent_attention) read_latent_attention(fields, config);
  read_experts(fields, family, config);
  if (family.local_rope) {
    read_two_ropes(fields, config);
  } else {
    config.rope = read_rope(fields, config.max_position_embeddings);
  }
  config.initializer_range = fields.number("initializer_range", 0.02);
  if (family.attention_bias) {
    config.qkv_bias = config.o_bias = fields.flag("attention_bias", false);
  }
  if (family.mlp_bias) config.mlp_bias = fields.flag("mlp_bias", false);
  config.tie_word_embeddings = fields.flag("tie_word_embeddings", family.gemma);
  read_windows(fields, family.windows, config);
  if (family.gemma) read_gemma(fields, family, config);
  refuse_unsupported(fields, family);

  // Hub files have ids of -1, and null, for none.
  const auto special = [&](const char* key, std::int64_t otherwise) {
    return fields.contains(key) ? fields.integer(key, -1, -1, kMaxVocabulary) : otherwise;
  };
  config.bos_token_id = special("bos_token_id", family.bos_token_id);
  config.pad_token_id = special("pad_token_id", family.pad_token_id);
  if (!fields.contains("eos_token_id") && family.eos_token_id >= 0) {
    config.eos_token_ids.push_back(family.eos_token_id);
  }
  add_eos(fields, config.eos_token_ids);
  if (fs::exists(folder / "generation_config.json")) {
    add_eos(Fields::read(folder / "generation_config.json"), config.eos_token_ids);
  }
  check_config(config, fields.path());
  return config;
}

}  // namespace hone::model
