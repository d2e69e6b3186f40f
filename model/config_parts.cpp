#include "model/config_parts.h"

#include <algorithm>

#include "model/config_bounds.h"
#include "model/error.h"

namespace hone::model {
namespace {

using nlohmann::json;

/// Refuses anything but this value where the field is there.
template <class T>
void require_value(const Fields& fields, const char* key, const T& value) {
  if (fields.has(key) && fields.json()[key] != json(value)) {
    throw DataError(fields.place(key), json(value).dump(), fields.json()[key].dump());
  }
}

std::size_t layers_of(const ModelConfig& config) {
  return static_cast<std::size_t>(config.num_hidden_layers);
}

void read_qwen_experts(const Fields& fields, ModelConfig& config) {
  MoeConfig& moe = config.moe;
  const char* const key = fields.has("num_local_experts") ? "num_local_experts" : "num_experts";
  moe.n_routed_experts = fields.integer(key, 128, 1, kMaxSize);
  moe.num_experts_per_tok = fields.integer("num_experts_per_tok", 8, 1, kMaxSize);
  moe.moe_intermediate_size = fields.integer("moe_intermediate_size", 768, 1, kMaxSize);
  moe.norm_topk_prob = fields.flag("norm_topk_prob", false);
  const std::int64_t step = fields.integer("decoder_sparse_step", 1, 1, kMaxLayers);
  moe.layers.clear();
  for (std::size_t l = 0; l < layers_of(config); ++l) {
    moe.layers.push_back((static_cast<std::int64_t>(l) + 1) % step == 0);
  }
  if (!fields.has("mlp_only_layers")) return;
  const json& dense = fields.json()["mlp_only_layers"];
  const auto fail = [&] {
    throw DataError(fields.place("mlp_only_layers"), "a list of layers' numbers", dense.dump());
  };
  if (!dense.is_array()) fail();
  for (const json& layer : dense) {
    if (!layer.is_number_unsigned()) fail();
    // What is past the last layer says nothing, as in transformers.
    if (layer.get<std::uint64_t>() < layers_of(config))
      moe.layers[layer.get<std::size_t>()] = false;
  }
}

void read_deepseek_experts(const Fields& fields, ModelConfig& config) {
  MoeConfig& moe = config.moe;
  const auto size = [&](const char* key, std::int64_t otherwise) {
    return fields.integer(key, otherwise, 1, kMaxSize);
  };
  moe.n_routed_experts = size("n_routed_experts", 256);
  moe.num_experts_per_tok = size("num_experts_per_tok", 8);
  moe.moe_intermediate_size = size("moe_intermediate_size", 2048);
  moe.n_shared_experts = size("n_shared_experts", 1);
  moe.n_group = size("n_group", 8);
  moe.topk_group = size("topk_group", 4);
  moe.norm_topk_prob = fields.flag("norm_topk_prob", true);
  moe.routed_scaling_factor = fields.number("routed_scaling_factor", 2.5);
  require_value(fields, "scoring_func", "sigmoid");
  require_value(fields, "topk_method", "noaux_tc");
  require_value(fields, "moe_layer_freq", 1);
  const std::int64_t dense = fields.integer("first_k_dense_replace", 3, 0, kMaxLayers);
  moe.layers.clear();
  for (std::size_t l = 0; l < layers_of(config); ++l) {
    moe.layers.push_back(static_cast<std::int64_t>(l) >= dense);
  }
}

/// Layers before the first with experts.
std::int64_t dense_layers(const MoeConfig& moe) {
  return std::find(moe.layers.begin(), moe.layers.end(), true) - moe.layers.begin();
}

void check_experts(const ModelConfig& config, const Family& family, const std::string& place) {
  const MoeConfig& moe = config.moe;
  const auto require = [&](bool holds, const char* field, const std::string& expected, auto got) {
    if (!holds) throw DataError(place + ": " + field, expected, std::to_string(got));
  };
  const auto in_range = [&](const char* field, std::int64_t value, std::int64_t high) {
    require(value >= 1 && value <= high, field, "1 to " + std::to_string(high), value);
  };
  in_range("n_routed_experts", moe.n_routed_experts, kMaxExperts / (config.num_hidden_layers + 1));
  in_range("moe_intermediate_size", moe.moe_intermediate_size, kMaxSize);
  require(moe.n_shared_experts >= 0 && moe.n_shared_experts <= kMaxSize / moe.moe_intermediate_size,
          "n_shared_experts", "0 to " + std::to_string(kMaxSize / moe.moe_intermediate_size),
          moe.n_shared_experts);
  in_range("n_group", moe.n_group, moe.n_routed_experts);
  require(moe.n_routed_experts % moe.n_group == 0, "n_routed_experts",
          "a multiple of n_group, " + std::to_string(moe.n_group), moe.n_routed_experts);
  in_range("topk_group", moe.topk_group, moe.n_group);
  const std::int64_t size = moe.n_routed_experts / moe.n_group;
  require(moe.topk_group == moe.n_group || size >= 2, "n_group", "groups of two experts at least",
          moe.n_group);
  in_range("num_experts_per_tok", moe.num_experts_per_tok, moe.topk_group * size);
  require(moe.layers.size() == layers_of(config), "moe layers", "one for each layer",
          moe.layers.size());
  require(moe.routed_scaling_factor > 0 && moe.routed_scaling_factor < 1e6, "routed_scaling_factor",
          "a number above 0", moe.routed_scaling_factor);
  const bool deepseek = family.experts == Experts::kDeepseek;
  const bool sigmoid = moe.scoring == Scoring::kSigmoid;
  if (sigmoid != deepseek || (moe.n_shared_experts > 0) != deepseek) {
    throw DataError(place + ": this choice of experts", "is not possible in " + config.model_type);
  }
  if (!deepseek && (moe.n_group != 1 || moe.routed_scaling_factor != 1)) {
    throw DataError(place + ": n_group", "is not possible in " + config.model_type);
  }
  if (!deepseek) return;
  const auto first = moe.layers.begin() + dense_layers(moe);
  if (std::find(first, moe.layers.end(), false) != moe.layers.end()) {
    throw DataError(place + ": first_k_dense_replace",
                    "layers without experts before those with them only");
  }
}

void check_latent_attention(const ModelConfig& config, const std::string& place) {
  const MlaConfig& mla = config.mla;
  const auto in_range = [&](const char* field, std::int64_t value, std::int64_t low,
                            std::int64_t high) {
    if (value >= low && value <= high) return;
    throw DataError(place + ": " + field, std::to_string(low) + " to " + std::to_string(high),
                    std::to_string(value));
  };
  const std::int64_t most = kMaxSize / config.num_attention_heads;
  in_range("kv_lora_rank", mla.kv_lora_rank, 1, kMaxSize);
  in_range("q_lora_rank", mla.q_lora_rank, 0, kMaxSize);
  in_range("qk_nope_head_dim", mla.qk_nope_head_dim, 1, most);
  in_range("v_head_dim", mla.v_head_dim, 1, most);
  in_range("num_nextn_predict_layers", config.num_nextn_predict_layers, 0, 1);
  if (config.qkv_bias || config.o_bias) {
    throw DataError(place + ": attention_bias", "false, as latent attention has none here", "true");
  }
}

}  // namespace

void read_experts(const Fields& fields, const Family& family, ModelConfig& config) {
  if (family.experts == Experts::kQwen) read_qwen_experts(fields, config);
  if (family.experts == Experts::kDeepseek) read_deepseek_experts(fields, config);
}

void write_experts(const ModelConfig& config, const Family& family, nlohmann::ordered_json& out) {
  const MoeConfig& moe = config.moe;
  if (family.experts == Experts::kNone) return;
  out["num_experts_per_tok"] = moe.num_experts_per_tok;
  out["moe_intermediate_size"] = moe.moe_intermediate_size;
  out["norm_topk_prob"] = moe.norm_topk_prob;
  if (family.experts == Experts::kQwen) {
    out["num_experts"] = moe.n_routed_experts;
    out["decoder_sparse_step"] = 1;
    json dense = json::array();
    for (std::size_t l = 0; l < moe.layers.size(); ++l) {
      if (!moe.layers[l]) dense.push_back(l);
    }
    out["mlp_only_layers"] = dense;
    return;
  }
  out["n_routed_experts"] = moe.n_routed_experts;
  out["n_shared_experts"] = moe.n_shared_experts;
  out["n_group"] = moe.n_group;
  out["topk_group"] = moe.topk_group;
  out["routed_scaling_factor"] = moe.routed_scaling_factor;
  out["scoring_func"] = "sigmoid";
  out["topk_method"] = "noaux_tc";
  out["first_k_dense_replace"] = dense_layers(moe);
  out["moe_layer_freq"] = 1;
}

void read_latent_attention(const Fields& fields, ModelConfig& config) {
  const auto size = [&](const char* key, std::int64_t otherwise) {
    return fields.integer(key, otherwise, 1, kMaxSize);
  };
  MlaConfig& mla = config.mla;
  mla.kv_lora_rank = size("kv_lora_rank", 512);
  const bool none = fields.contains("q_lora_rank") && !fields.has("q_lora_rank");
  mla.q_lora_rank = none ? 0 : size("q_lora_rank", 1536);
  mla.qk_nope_head_dim = size("qk_nope_head_dim", 128);
  mla.v_head_dim = size("v_head_dim", 128);
  mla.rope_interleave = fields.flag("rope_interleave", true);
  config.head_dim = size("qk_rope_head_dim", 64);
  config.num_key_value_heads = config.num_attention_heads;  // whatever it says, as in transformers
  if (fields.flag("attention_bias", false)) {
    throw DataError(fields.place("attention_bias"), "false, as latent attention has none here",
                    "true");
  }
  const char* const key =
      fields.has("num_nextn_predict_layers") ? "num_nextn_predict_layers" : "num_mtp_layers";
  config.num_nextn_predict_layers = fields.integer(key, 1, 0, 1);
}

void write_latent_attention(const ModelConfig& config, nlohmann::ordered_json& out) {
  const MlaConfig& mla = config.mla;
  out["kv_lora_rank"] = mla.kv_lora_rank;
  out["q_lora_rank"] = mla.q_lora_rank > 0 ? json(mla.q_lora_rank) : json(nullptr);
  out["qk_nope_head_dim"] = mla.qk_nope_head_dim;
  out["qk_rope_head_dim"] = config.head_dim;
  out["v_head_dim"] = mla.v_head_dim;
  out["rope_interleave"] = mla.rope_interleave;
  out["num_nextn_predict_layers"] = config.num_nextn_predict_layers;
}

void check_parts(const ModelConfig& config, const Family& family, const std::string& place) {
  const bool experts = config.moe.n_routed_experts > 0;
  if (experts != (family.experts != Experts::kNone)) {
    throw DataError(place + ": n_routed_experts", "is not possible in " + config.model_type);
  }
  if (experts) check_experts(config, family, place);
  if (config.latent_attention() != family.latent_attention) {
    throw DataError(place + ": kv_lora_rank", "is not possible in " + config.model_type);
  }
  if (family.latent_attention) {
    check_latent_attention(config, place);
  } else if (config.num_nextn_predict_layers != 0) {
    throw DataError(place + ": num_nextn_predict_layers",
                    "is not possible in " + config.model_type);
  }
}

}  // namespace hone::model
