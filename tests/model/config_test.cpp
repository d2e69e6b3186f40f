#include "model/config.h"

#include <catch2/catch.hpp>

#include "tests/model/files.h"
#include "tests/support/text_of.h"

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
  CHECK(llama.rope_theta == 10000.0);
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
  CHECK(old_one.rope_theta == 500000.0);
  CHECK(old_one.head_dim == 6);  // left out there
  CHECK((old_one.qkv_bias && old_one.o_bias && old_one.mlp_bias));
  CHECK(old_one.eos_token_ids == std::vector<std::int64_t>{2, 3});
  const auto new_one = read_config(fixture("qwen3_sharded"));
  CHECK(new_one.rope_theta == 1000000.0);
  CHECK(new_one.head_dim == 8);

  auto both = sizes("llama");
  both["rope_theta"] = 5.0;
  both["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 7.0}};
  CHECK(reading(both).rope_theta == 7.0);
  both["rope_parameters"] = {{"rope_type", "default"}};
  CHECK(reading(both).rope_theta == 5.0);
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
      {{{"model_type", "mistral"}}, "model_type"},
      {{{"hidden_act", "gelu"}}, "hidden_act"},
      {{{"quantization_config", {{"bits", 4}}}}, "quantization_config"},
      {{{"rope_scaling", {{"rope_type", "llama3"}, {"factor", 8.0}}}}, "rope_scaling"},
      {{{"rope_scaling", {{"type", "linear"}, {"factor", 2.0}}}}, "rope_scaling"},
      {{{"rope_scaling", {{"factor", 2.0}}}}, "rope_scaling.factor"},
      {{{"rope_parameters", {{"rope_type", "yarn"}}}}, "rope_parameters.rope_type"},
      {{{"partial_rotary_factor", 0.5}}, "partial_rotary_factor"},
      {{{"rope_parameters", {{"partial_rotary_factor", 0.5}}}},
       "rope_parameters.partial_rotary_factor"},
      {{{"use_sliding_window", true}, {"max_window_layers", 1}}, "use_sliding_window"},
      {{{"layer_types", {"full_attention", "sliding_attention"}}}, "layer_types"},
  };
  for (const auto& [change, field] : cases) {
    INFO(change.dump());
    CHECK_THAT(refusal(change), Contains("config.json: " + field));
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
  for (const char* model_type : {"llama", "qwen2", "qwen3"}) {
    ModelConfig config;
    set_family(config, model_type);
    config.vocab_size = 50;
    config.hidden_size = 16;
    config.intermediate_size = 20;
    config.num_hidden_layers = 3;
    config.num_attention_heads = 4;
    config.num_key_value_heads = 1;
    config.head_dim = 6;
    config.max_position_embeddings = 99;
    config.rms_norm_eps = 1e-5;
    config.rope_theta = 123456.0;
    config.tie_word_embeddings = true;
    config.eos_token_ids = {2, 5};
    config.pad_token_id = 0;
    const TempFolder folder;
    write_config(config, folder.path());
    const auto back = read_config(folder.path());
    CHECK(back.model_type == config.model_type);
    CHECK(back.head_dim == 6);
    CHECK(back.num_key_value_heads == 1);
    CHECK(back.rms_norm_eps == 1e-5);
    CHECK(back.rope_theta == 123456.0);
    CHECK(back.tie_word_embeddings);
    CHECK(back.eos_token_ids == config.eos_token_ids);
    CHECK(back.bos_token_id == -1);
    CHECK(back.pad_token_id == 0);
    CHECK(back.qkv_bias == config.qkv_bias);
    CHECK(back.qk_norm == config.qk_norm);
    CHECK(back.num_parameters() == config.num_parameters());
    const auto written = json::parse(text_of(folder.path() / "config.json"));
    CHECK(written["rope_theta"] == written["rope_parameters"]["rope_theta"]);
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
}
