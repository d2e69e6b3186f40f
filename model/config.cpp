#include "model/config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/error.h"
#include "model/file_io.h"
#include "model/json_fields.h"
#include "model/weight_shapes.h"

namespace hone::model {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Bounds that no model comes near, and under which no product of sizes overflows.
constexpr std::int64_t kMaxSize = 1 << 20;
constexpr std::int64_t kMaxVocabulary = 1 << 24;
constexpr std::int64_t kMaxPositions = std::int64_t{1} << 40;
constexpr std::int64_t kMaxLayers = 4096;

/// What a family fixes, and what transformers takes where its config.json says nothing.
struct Family {
  std::string_view name;
  std::int64_t max_position_embeddings;
  std::int64_t num_key_value_heads;  // 0: as many as query heads
  std::int64_t head_dim;             // 0: hidden_size / num_attention_heads
  std::int64_t bos_token_id, eos_token_id;
};
constexpr Family kFamilies[] = {
    {"llama", 2048, 0, 0, 1, 2},
    {"qwen2", 32768, 32, 0, -1, -1},
    {"qwen3", 32768, 32, 128, -1, -1},
};

const Family& family_of(const std::string& model_type, const std::string& place) {
  for (const auto& family : kFamilies) {
    if (family.name == model_type) return family;
  }
  throw DataError(place, "llama, qwen2 or qwen3", "\"" + model_type + "\"");
}

/// RoPE's base, from rope_parameters (new), rope_scaling (old) or rope_theta beside them.
double read_rope_theta(const Fields& fields) {
  const auto whole_head = [](const Fields& in) {
    if (in.number("partial_rotary_factor", 1) != 1) {
      throw DataError(in.place("partial_rotary_factor"), "1 (RoPE over the whole head)",
                      in.json()["partial_rotary_factor"].dump());
    }
  };
  whole_head(fields);
  double theta = fields.number("rope_theta", 10000.0);
  for (const char* key : {"rope_parameters", "rope_scaling"}) {
    if (!fields.has(key)) continue;
    const Fields rope = fields.object(key);
    whole_head(rope);
    for (const auto& [name, value] : rope.json().items()) {
      if (name == "rope_type" || name == "type") {
        if (value != "default") throw DataError(rope.place(name), "\"default\"", value.dump());
      } else if (name != "rope_theta" && name != "partial_rotary_factor") {
        throw DataError(rope.place(name), "would change RoPE and is not supported");
      }
    }
    theta = rope.number("rope_theta", theta);
  }
  return theta;
}

/// Refuses attention that sees only a window in any layer.
void refuse_window(const Fields& fields, std::int64_t layers) {
  if (fields.has("layer_types")) {
    for (const auto& type : fields.json()["layer_types"]) {
      if (type != "full_attention") {
        throw DataError(fields.place("layer_types"), "\"full_attention\" only", type.dump());
      }
    }
    return;
  }
  // A null window is none, a missing one has a default; layers below max_window_layers see all.
  const bool window = fields.has("sliding_window") || !fields.contains("sliding_window");
  if (fields.flag("use_sliding_window", false) && window &&
      fields.integer("max_window_layers", 28, 0, kMaxPositions) < layers) {
    throw DataError(fields.place("use_sliding_window"), "false, or a window that no layer uses",
                    "true");
  }
}

/// Refuses what would change the numbers and is not built.
void refuse_unsupported(const Fields& fields, const ModelConfig& config) {
  const std::string activation = fields.text("hidden_act", "silu");
  if (activation != "silu" && activation != "swish") {
    throw DataError(fields.place("hidden_act"), "silu", "\"" + activation + "\"");
  }
  if (fields.has("quantization_config")) {
    throw DataError(fields.place("quantization_config"), "quantized weights are not supported");
  }
  if (config.model_type != "llama") refuse_window(fields, config.num_hidden_layers);
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

void write_token_ids(nlohmann::ordered_json& out, const ModelConfig& config) {
  const auto id_or_null = [](std::int64_t id) { return id < 0 ? json(nullptr) : json(id); };
  out["bos_token_id"] = id_or_null(config.bos_token_id);
  out["eos_token_id"] = config.eos_token_ids.empty()       ? json(nullptr)
                        : config.eos_token_ids.size() == 1 ? json(config.eos_token_ids[0])
                                                           : json(config.eos_token_ids);
  out["pad_token_id"] = id_or_null(config.pad_token_id);
}

}  // namespace

std::int64_t ModelConfig::num_parameters() const {
  const auto count = [](const std::vector<WeightShape>& weights) {
    std::int64_t sum = 0;
    for (const auto& [name, shape] : weights) {
      std::int64_t product = 1;
      for (const auto size : shape) product *= size;
      sum += product;
    }
    return sum;
  };
  ModelConfig outside = *this;
  outside.num_hidden_layers = 0;
  return count(weight_shapes(outside)) + num_hidden_layers * count(layer_weight_shapes(*this));
}

void set_family(ModelConfig& config, const std::string& model_type) {
  family_of(model_type, "model_type");
  config.model_type = model_type;
  config.qkv_bias = model_type == "qwen2";
  config.o_bias = false;
  config.mlp_bias = false;
  config.qk_norm = model_type == "qwen3";
}

ModelConfig read_config(const fs::path& folder) {
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
  config.rope_theta = read_rope_theta(fields);
  config.initializer_range = fields.number("initializer_range", 0.02);
  if (model_type != "qwen2") {
    config.qkv_bias = config.o_bias = fields.flag("attention_bias", false);
  }
  if (model_type == "llama") config.mlp_bias = fields.flag("mlp_bias", false);
  config.tie_word_embeddings = fields.flag("tie_word_embeddings", false);
  refuse_unsupported(fields, config);

  // Hub files have ids of -1, and null, for none.
  const auto special = [&](const char* key, std::int64_t otherwise) {
    return fields.contains(key) ? fields.integer(key, -1, -1, kMaxVocabulary) : otherwise;
  };
  config.bos_token_id = special("bos_token_id", family.bos_token_id);
  config.pad_token_id = special("pad_token_id", -1);
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

void write_config(const ModelConfig& config, const fs::path& folder) {
  check_config(config, folder.string());
  const std::string name = config.model_type;
  const std::string prefix = name == "llama" ? "Llama" : name == "qwen2" ? "Qwen2" : "Qwen3";
  nlohmann::ordered_json out;
  out["architectures"] = {prefix + "ForCausalLM"};
  out["model_type"] = name;
  out["vocab_size"] = config.vocab_size;
  out["hidden_size"] = config.hidden_size;
  out["intermediate_size"] = config.intermediate_size;
  out["num_hidden_layers"] = config.num_hidden_layers;
  out["num_attention_heads"] = config.num_attention_heads;
  out["num_key_value_heads"] = config.num_key_value_heads;
  out["head_dim"] = config.head_dim;
  out["max_position_embeddings"] = config.max_position_embeddings;
  out["hidden_act"] = "silu";
  out["rms_norm_eps"] = config.rms_norm_eps;
  out["rope_theta"] = config.rope_theta;
  out["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", config.rope_theta}};
  out["initializer_range"] = config.initializer_range;
  if (name != "qwen2") out["attention_bias"] = config.qkv_bias;
  if (name == "llama") out["mlp_bias"] = config.mlp_bias;
  if (name != "llama") out["use_sliding_window"] = false;
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
  family_of(config.model_type, place + ": model_type");
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
  require(config.rope_theta >= 1 && config.rope_theta < 1e15, "rope_theta", "1 to 1e15",
          config.rope_theta);
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
  const std::string& type = config.model_type;
  if (type == "qwen2") {
    family_allows(config.qkv_bias && !config.o_bias, "this choice of attention biases");
  } else {
    family_allows(config.qkv_bias == config.o_bias, "this choice of attention biases");
  }
  require(type != "llama" || config.hidden_size % config.num_attention_heads == 0, "hidden_size",
          "a multiple of num_attention_heads in llama", config.hidden_size);
  family_allows(!config.mlp_bias || type == "llama", "mlp_bias");
  family_allows(config.qk_norm == (type == "qwen3"), "this choice of qk_norm");
}

}  // namespace hone::model
