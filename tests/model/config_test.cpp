#include "model/config.h"

#include <catch2/catch.hpp>

#include "tests/model/files.h"
#include "tests/support/text_of.h"
#include "tests/support/tiny_model.h"

using namespace hone::model;
using namespace hone::tests;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

json sizes(const std::string& model_type) {
  return {{"model_type", model_type}, {"vocab_size", 32},       {"hidden_size", 16},
          {"intermediate_size", 24},  {"num_hidden_layers", 2}, {"num_attention_heads", 4}};
}

ModelConfig reading(const json& config, const json& generation = nullptr) {
  const TempFolder folder;
  put(folder.path() / "config.json", config.dump());
  if (!generation.is_null()) put(folder.path() / "generation_config.json", generation.dump());
  return read_config(folder.path());
}

/// What reading the configuration with this change says.
std::string refusal(const json& change, const std::string& model_type = "qwen3") {
  auto config = sizes(model_type);
  config["num_key_value_heads"] = 2;
  config.merge_patch(change);
  for (const auto& [key, value] : change.items()) config[key] = value;  // null too
  return data_error([&] { reading(config); });
}

}  // namespace

TEST_CASE("config: defaults of each family are those of transformers") {
  const auto llama = reading(sizes("llama"));
  CHECK(llama.num_key_value_heads == 4);
  CHECK(llama.head_dim == 4);
  CHECK(llama.max_position_embeddings == 2048);
  CHECK(llama.rms_norm_eps == 1e-6);
  CHECK(llama.rope.rope_theta == 10000.0);
  CHECK(llama.initializer_range == 0.02);
  CHECK_FALSE(llama.tie_word_embeddings);
  CHECK_FALSE((llama.qkv_bias || llama.o_bias || llama.mlp_bias || llama.qk_norm));
  CHECK(llama.bos_token_id == 1);
  CHECK(llama.eos_token_ids == std::vector<std::int64_t>{2});
  CHECK(llama.pad_token_id == -1);

  auto json2 = sizes("qwen2");
  json2["num_key_value_heads"] = 2;
  const auto qwen2 = reading(json2);
  CHECK(qwen2.qkv_bias);
  CHECK_FALSE((qwen2.o_bias || qwen2.mlp_bias || qwen2.qk_norm));
  CHECK(qwen2.head_dim == 4);
  CHECK(qwen2.max_position_embeddings == 32768);
  CHECK(qwen2.eos_token_ids.empty());
  CHECK(qwen2.bos_token_id == -1);

  auto json3 = sizes("qwen3");
  json3["num_key_value_heads"] = nullptr;
  const auto qwen3 = reading(json3);
  CHECK(qwen3.qk_norm);
  CHECK_FALSE(qwen3.qkv_bias);
  CHECK(qwen3.head_dim == 128);
  CHECK(qwen3.num_key_value_heads == 4);  // null means the query heads; silence would mean 32
  CHECK_THAT(data_error([] { reading(sizes("qwen3")); }), Contains("num_key_value_heads"));
}

TEST_CASE("config: the old spelling and the new one") {
  const auto old_one = read_config(fixture("llama_old_bf16"));
  CHECK(old_one.rope.rope_theta == 500000.0);
  CHECK(old_one.head_dim == 6);  // left out there
  CHECK((old_one.qkv_bias && old_one.o_bias && old_one.mlp_bias));
  CHECK(old_one.eos_token_ids == std::vector<std::int64_t>{2, 3});
  const auto new_one = read_config(fixture("qwen3_sharded"));
  CHECK(new_one.rope.rope_theta == 1000000.0);
  CHECK(new_one.head_dim == 8);

  auto both = sizes("llama");
  both["rope_theta"] = 5.0;
  both["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 7.0}};
  CHECK(reading(both).rope.rope_theta == 7.0);
  both["rope_parameters"] = {{"rope_type", "default"}};
  CHECK(reading(both).rope.rope_theta == 5.0);
}

TEST_CASE("config: every type of RoPE is read, written and read again") {
  const std::vector<json> types = {
      {{"rope_type", "linear"}, {"factor", 2.0}},
      {{"rope_type", "dynamic"}, {"factor", 3.0}},
      {{"rope_type", "llama3"},
       {"factor", 8.0},
       {"low_freq_factor", 1.5},
       {"high_freq_factor", 5.0},
       {"original_max_position_embeddings", 40}},
      {{"rope_type", "yarn"},
       {"factor", 4.0},
       {"original_max_position_embeddings", 30},
       {"beta_fast", 16.0},
       {"beta_slow", 2.0},
       {"truncate", false},
       {"mscale", 1.0},
       {"mscale_all_dim", 0.7}},
  };
  for (const json& type : types) {
    INFO(type.dump());
    auto config = sizes("llama");
    config["rope_theta"] = 777.0;
    config["rope_scaling"] = type;
    const ModelConfig first = reading(config);
    CHECK(first.rope.rope_type == type["rope_type"]);
    CHECK(first.rope.factor == type["factor"]);
    const TempFolder folder;
    write_config(first, folder.path());
    auto written = json::parse(text_of(folder.path() / "config.json"));
    CHECK(written["rope_scaling"] == written["rope_parameters"]);
    const auto expected = rope_frequencies(first.rope, 16, 2048, 5000);
    CHECK(expected[0] <= 1);
    // Each spelling alone, and both.
    const auto same = [&](const ModelConfig& back) {
      CHECK(rope_frequencies(back.rope, 16, 2048, 5000) == expected);
      CHECK(back.rope.attention_factor == first.rope.attention_factor);
    };
    same(read_config(folder.path()));
    auto old_one = written;
    old_one.erase("rope_parameters");
    same(reading(old_one));
    written.erase("rope_scaling");
    written.erase("rope_theta");
    same(reading(written));
  }
}

TEST_CASE("config: end tokens are a number, a list, or null, and generation_config.json adds its") {
  auto config = sizes("llama");
  config["eos_token_id"] = 7;
  CHECK(reading(config).eos_token_ids == std::vector<std::int64_t>{7});
  CHECK(reading(config, {{"eos_token_id", {7, 9}}}).eos_token_ids ==
        std::vector<std::int64_t>{7, 9});
  config["eos_token_id"] = nullptr;
  CHECK(reading(config).eos_token_ids.empty());
  config["eos_token_id"] = {3, "x"};
  CHECK_THAT(data_error([&] { reading(config); }), Contains("eos_token_id"));
  config["eos_token_id"] = 32;
  CHECK_THAT(data_error([&] { reading(config); }), Contains("below vocab_size"));
}

TEST_CASE("config: what would change the numbers is refused by name") {
  const std::vector<std::pair<json, std::string>> cases = {
      {{{"model_type", "gemma3"}}, "model_type"},
      {{{"hidden_act", "gelu"}}, "hidden_act"},
      {{{"quantization_config", {{"bits", 4}}}}, "quantization_config"},
      {{{"rope_scaling", {{"rope_type", "longrope"}, {"factor", 8.0}}}}, "rope_scaling.rope_type"},
      {{{"rope_scaling", {{"type", "mrope"}}}}, "rope_scaling.type"},
      {{{"rope_scaling", {{"rope_type", "llama3"}, {"factor", 8.0}}}},
       "rope_scaling.low_freq_factor"},
      {{{"rope_scaling", {{"rope_type", "linear"}}}}, "rope_scaling.factor"},
      {{{"rope_scaling", {{"rope_type", "dynamic"}, {"factor", 2.0}, {"alpha", 3.0}}}},
       "rope_scaling.alpha"},
      {{{"rope_scaling", {{"factor", 2.0}}}}, "rope_scaling.factor"},
      {{{"rope_parameters", {{"rope_type", "yarn"}, {"factor", 2.0}, {"long_factor", {1.0}}}}},
       "rope_parameters.long_factor"},
      {{{"rope_parameters", {{"rope_type", "yarn"}, {"factor", 2.0}}},
        {"original_max_position_embeddings", 77}},
       "original_max_position_embeddings"},
      {{{"partial_rotary_factor", 0.5}}, "partial_rotary_factor"},
      {{{"rope_parameters", {{"partial_rotary_factor", 0.5}}}},
       "rope_parameters.partial_rotary_factor"},
      {{{"layer_types", {"full_attention", "sliding_attention"}}}, "use_sliding_window"},
      {{{"layer_types", {"full_attention", "sliding_attention"}},
        {"use_sliding_window", true},
        {"sliding_window", nullptr}},
       "sliding_window"},
      {{{"layer_types", {"full_attention", "chunked_attention"}}}, "layer_types"},
      {{{"layer_types", {"full_attention"}}}, "layer_types"},
      {{{"use_sliding_window", true}, {"sliding_window", 0}, {"max_window_layers", 0}},
       "sliding_window"},
  };
  for (const auto& [change, field] : cases) {
    INFO(change.dump());
    CHECK_THAT(refusal(change), Contains("config.json: " + field));
  }
  const std::vector<std::tuple<std::string, json, std::string>> of_families = {
      {"mistral", {{"layer_types", {"full_attention", "sliding_attention"}}}, "layer_types"},
      {"gemma2", {{"hidden_activation", "gelu"}}, "hidden_activation"},
      {"gemma2", {{"sliding_window", nullptr}}, "sliding_window"},
      {"gemma2", {{"attn_logit_softcapping", -1.0}}, "attn_logit_softcapping"},
      {"gemma2", {{"use_bidirectional_attention", true}}, "use_bidirectional_attention"},
      {"gemma3_text", {{"use_bidirectional_attention", true}}, "use_bidirectional_attention"},
      {"gemma3_text", {{"attn_logit_softcapping", 50.0}}, "attn_logit_softcapping"},
      {"gemma3_text",
       {{"rope_parameters", {{"rope_type", "linear"}, {"factor", 8.0}}}},
       "rope_parameters.factor"},
      {"gemma3_text",
       {{"rope_scaling", {{"type", "linear"}, {"factor", 8.0}}}},
       "rope_scaling.type"},
      {"gemma3_text",
       {{"rope_parameters", {{"sliding_attention", {{"rope_type", "linear"}, {"factor", 8.0}}}}}},
       "rope_parameters.sliding_attention.rope_type"},
      {"gemma3_text",
       {{"rope_scaling", {{"rope_type", "dynamic"}, {"factor", 8.0}}}},
       "dynamic RoPE"},
  };
  for (const auto& [family, change, field] : of_families) {
    INFO(family << " " << change.dump());
    CHECK_THAT(refusal(change, family), Contains("config.json: " + field));
  }
}

TEST_CASE("config: what looks alike and changes nothing is taken") {
  const std::vector<json> cases = {
      {{"hidden_act", "silu"}},
      {{"rope_scaling", nullptr}},
      {{"rope_scaling", {{"type", "default"}}}},
      {{"partial_rotary_factor", 1.0}},
      {{"use_sliding_window", false}, {"sliding_window", 8}},
      {{"use_sliding_window", true}, {"sliding_window", nullptr}, {"max_window_layers", 0}},
      {{"use_sliding_window", true}, {"max_window_layers", 2}},
      {{"layer_types", {"full_attention", "full_attention"}}},
      {{"quantization_config", nullptr}},
      {{"unknown_field", 1}},
  };
  for (const auto& change : cases) CHECK(refusal(change) == "");
}

TEST_CASE("config: missing fields, wrong types and sizes that contradict each other") {
  const std::vector<std::pair<json, std::string>> cases = {
      {{{"vocab_size", nullptr}}, "vocab_size: is missing"},
      {{{"hidden_size", "16"}}, "hidden_size"},
      {{{"hidden_size", 16.5}}, "hidden_size"},
      {{{"hidden_size", 0}}, "hidden_size"},
      {{{"num_hidden_layers", 1000000}}, "num_hidden_layers"},
      {{{"vocab_size", 18446744073709551615ULL}}, "vocab_size"},
      {{{"num_key_value_heads", 3}}, "a divisor of num_attention_heads"},
      {{{"head_dim", 7}}, "an even number"},
      {{{"rms_norm_eps", "x"}}, "rms_norm_eps"},
      {{{"rms_norm_eps", 0}}, "rms_norm_eps"},
      {{{"rope_theta", 0.5}}, "rope_theta"},
      {{{"tie_word_embeddings", "yes"}}, "tie_word_embeddings"},
  };
  for (const auto& [change, message] : cases) CHECK_THAT(refusal(change), Contains(message));
}

TEST_CASE("config: windows, soft caps and two kinds of RoPE of the families that have them") {
  using Layers = std::vector<bool>;
  auto qwen = sizes("qwen2");
  qwen.update({{"num_key_value_heads", 2}, {"use_sliding_window", true}, {"max_window_layers", 1}});
  CHECK(reading(qwen).sliding_window == 4096);
  CHECK(reading(qwen).sliding_layers == Layers{false, true});
  CHECK(reading(qwen).window(0) == 0);
  CHECK(reading(qwen).window(1) == 4096);
  qwen["layer_types"] = {"sliding_attention", "full_attention"};
  CHECK(reading(qwen).sliding_layers == Layers{true, false});

  auto mistral = sizes("mistral");
  mistral["num_key_value_heads"] = 2;
  CHECK(reading(mistral).sliding_layers == Layers{true, true});
  CHECK(reading(mistral).sliding_window == 4096);
  CHECK(reading(mistral).head_dim == 4);
  mistral["sliding_window"] = nullptr;
  CHECK(reading(mistral).sliding_window == 0);

  auto json2 = sizes("gemma2");
  const auto gemma2 = reading(json2);
  CHECK(gemma2.num_key_value_heads == 4);
  CHECK(gemma2.head_dim == 256);
  CHECK(gemma2.tie_word_embeddings);
  CHECK(gemma2.query_pre_attn_scalar == 256);
  CHECK(gemma2.attn_logit_softcapping == 50);
  CHECK(gemma2.final_logit_softcapping == 30);
  CHECK(gemma2.sliding_layers == Layers{true, false});
  CHECK(gemma2.rope.rope_theta == 10000);
  CHECK(gemma2.pad_token_id == 0);
  CHECK(gemma2.eos_token_ids == std::vector<std::int64_t>{1});
  json2["final_logit_softcapping"] = nullptr;
  CHECK(reading(json2).final_logit_softcapping == 0);

  auto json3 = sizes("gemma3_text");
  json3["num_hidden_layers"] = 7;
  const auto gemma3 = reading(json3);
  CHECK(gemma3.sliding_layers == Layers{true, true, true, true, true, false, true});
  CHECK(gemma3.rope.rope_theta == 1e6);
  CHECK(gemma3.rope_local_base_freq == 1e4);
  CHECK(gemma3.attn_logit_softcapping == 0);
  CHECK(gemma3.qk_norm);
  json3["rope_local_base_freq"] = 77.0;
  json3["rope_scaling"] = {{"rope_type", "linear"}, {"factor", 8.0}};
  CHECK(reading(json3).rope_local_base_freq == 77);
  CHECK(reading(json3).rope.factor == 8);
  CHECK(reading(json3).rope.rope_theta == 1e6);
}

TEST_CASE("config: a file that is missing or no JSON object") {
  const TempFolder folder;
  const auto read = [&] { read_config(folder.path()); };
  CHECK_THAT(data_error(read), Contains("config.json: no such file"));
  put(folder.path() / "config.json", "{");
  CHECK_THAT(data_error(read), Contains("not valid JSON"));
  put(folder.path() / "config.json", "[]");
  CHECK_THAT(data_error(read), Contains("a JSON object"));
}

TEST_CASE("config: what is written reads back the same, in both spellings") {
  for (const std::string& model_type : kFamilies) {
    INFO(model_type);
    ModelConfig config = tiny_config(model_type);
    config.vocab_size = 50;
    config.hidden_size = 16;
    config.intermediate_size = 20;
    config.num_hidden_layers = 3;
    config.num_attention_heads = 4;
    config.num_key_value_heads = config.latent_attention() ? 4 : 1;
    config.head_dim = 6;
    config.num_nextn_predict_layers = config.latent_attention() ? 1 : 0;
    if (config.moe.n_routed_experts > 0) config.moe.layers = {false, true, true};
    if (config.sliding_window > 0) config.sliding_layers = {true, true, true};
    config.max_position_embeddings = 99;
    config.rms_norm_eps = 1e-5;
    config.rope.rope_theta = 123456.0;
    config.tie_word_embeddings = true;
    config.eos_token_ids = {2, 5};
    config.pad_token_id = 0;
    const TempFolder folder;
    write_config(config, folder.path());
    const auto back = read_config(folder.path());
    CHECK(back.model_type == config.model_type);
    CHECK(back.head_dim == 6);
    CHECK(back.num_key_value_heads == config.num_key_value_heads);
    CHECK(back.moe == config.moe);
    CHECK(back.mla == config.mla);
    CHECK(back.num_nextn_predict_layers == config.num_nextn_predict_layers);
    CHECK(back.rms_norm_eps == 1e-5);
    CHECK(back.rope.rope_theta == 123456.0);
    CHECK(back.tie_word_embeddings);
    CHECK(back.eos_token_ids == config.eos_token_ids);
    CHECK(back.bos_token_id == -1);
    CHECK(back.pad_token_id == 0);
    CHECK(back.qkv_bias == config.qkv_bias);
    CHECK(back.qk_norm == config.qk_norm);
    CHECK(back.num_parameters() == config.num_parameters());
    CHECK(back.sliding_window == config.sliding_window);
    CHECK(back.sliding_layers == config.sliding_layers);
    CHECK(back.rope.rope_type == config.rope.rope_type);
    CHECK(back.rope.factor == config.rope.factor);
    CHECK(back.rope.attention_factor == config.rope.attention_factor);
    CHECK(back.rope_local_base_freq == config.rope_local_base_freq);
    CHECK(back.attention_scale() == config.attention_scale());
    CHECK(back.attn_logit_softcapping == config.attn_logit_softcapping);
    CHECK(back.final_logit_softcapping == config.final_logit_softcapping);
    CHECK(back.norm_plus_one == config.norm_plus_one);
    const auto written = json::parse(text_of(folder.path() / "config.json"));
    const auto& rope = written["rope_parameters"];
    CHECK(written["rope_theta"] ==
          (model_type == "gemma3_text" ? rope["full_attention"] : rope)["rope_theta"]);
    CHECK(written["dtype"] == written["torch_dtype"]);
  }
}

TEST_CASE("config: switches that a family's config.json cannot say are refused") {
  auto config = read_config(fixture("qwen3_sharded"));
  config.qkv_bias = true;
  CHECK_THAT(data_error([&] { check_config(config, "place"); }), Contains("place"));
  config = read_config(fixture("qwen2_old_f16"));
  config.qkv_bias = false;
  CHECK_FALSE(data_error([&] { check_config(config, "place"); }).empty());
  CHECK_FALSE(data_error([&] { set_family(config, "gpt2"); }).empty());
}

TEST_CASE("config: parameters are counted as transformers counts them") {
  CHECK(read_config(fixture("llama_old_bf16")).num_parameters() == 12616);
  CHECK(read_config(fixture("llama_tied")).num_parameters() == 10800);
  CHECK(read_config(fixture("qwen2_old_f16")).num_parameters() == 10896);
  CHECK(read_config(fixture("qwen3_sharded")).num_parameters() == 13448);
  CHECK(read_config(fixture("qwen3_moe")).num_parameters() == 8320);
  auto deepseek = read_config(fixture("deepseek_v3"));
  deepseek.num_nextn_predict_layers = 0;              // transformers leaves it out
  CHECK(deepseek.num_parameters() == 15514 + 2 * 8);  // and the routers' biases, which are buffers
}

TEST_CASE("config: experts and latent attention") {
  using Layers = std::vector<bool>;
  auto qwen = sizes("qwen3_moe");
  qwen.update({{"num_key_value_heads", 2}, {"num_hidden_layers", 5}, {"decoder_sparse_step", 2}});
  CHECK(reading(qwen).moe.layers == Layers{false, true, false, true, false});
  CHECK(reading(qwen).moe.n_routed_experts == 128);
  CHECK(reading(qwen).moe.scoring == Scoring::kSoftmax);
  qwen.update({{"mlp_only_layers", {1, 7}}, {"num_experts", 6}, {"num_experts_per_tok", 6}});
  CHECK(reading(qwen).moe.layers == Layers{false, false, false, true, false});
  qwen["use_sliding_window"] = true;
  CHECK(reading(qwen).sliding_layers == Layers(5, true));
  qwen["num_experts_per_tok"] = 7;
  CHECK_THAT(data_error([&] { reading(qwen); }), Contains("num_experts_per_tok: expected 1 to 6"));
  qwen.update({{"num_experts_per_tok", 2}, {"mlp_only_layers", "1"}});
  CHECK_THAT(data_error([&] { reading(qwen); }), Contains("mlp_only_layers"));

  const auto deepseek = [](const json& change) {
    json config = json::parse(text_of(fixture("deepseek_v3") / "config.json"));
    config.update(change);
    return reading(config);
  };
  const ModelConfig own = deepseek(json::object());
  CHECK(own.moe.layers == Layers{false, true, true});
  CHECK(own.moe.scoring == Scoring::kSigmoid);
  CHECK(own.head_dim == 8);
  CHECK(own.attention_head_dim() == 12 + 8);
  CHECK(own.attention_kv_heads() == 1);
  CHECK(own.num_nextn_predict_layers == 1);
  CHECK(deepseek({{"q_lora_rank", nullptr}}).mla.q_lora_rank == 0);
  const std::vector<std::pair<json, std::string>> cases = {
      {{{"scoring_func", "softmax"}}, "scoring_func"},
      {{{"topk_method", "greedy"}}, "topk_method"},
      {{{"moe_layer_freq", 2}}, "moe_layer_freq"},
      {{{"n_group", 3}}, "a multiple of n_group, 3"},
      {{{"topk_group", 5}}, "topk_group: expected 1 to 4"},
      {{{"n_group", 8}}, "groups of two experts at least"},
      {{{"num_experts_per_tok", 5}}, "num_experts_per_tok: expected 1 to 4"},
      {{{"kv_lora_rank", 0}}, "kv_lora_rank"},
      {{{"qk_rope_head_dim", 7}}, "head_dim: expected an even number"},
      {{{"attention_bias", true}}, "attention_bias"},
      {{{"num_nextn_predict_layers", 2}}, "num_nextn_predict_layers"},
      {{{"quantization_config", {{"quant_method", "gptq"}}}}, "quantization_config"},
      {{{"quantization_config", {{"quant_method", "fp8"}, {"weight_block_size", {64, 64}}}}},
       "quantization_config"},
  };
  for (const auto& [change, message] : cases) {
    CHECK_THAT(data_error([&, &change = change] { deepseek(change); }), Contains(message));
  }
}
