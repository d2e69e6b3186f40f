#include "model/adapters.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/adapter_files.h"
#include "model/checkpoint.h"
#include "model/decoder_reference.h"
#include "model/error.h"
#include "model/logprobs.h"
#include "tests/model/files.h"
#include "tests/support/tiny_model.h"

namespace {

using namespace hone;
namespace fs = std::filesystem;

const model::LoraConfig kLora{3, 6, {"q_proj", "v_proj", "down_proj"}};

/// A decoder with adapters that change something.
model::Decoder adapted(const std::string& family, const fs::path& base = "base",
                       const model::LoraConfig& lora = kLora) {
  model::Decoder decoder = tests::tiny_decoder(family);
  model::add_adapters(decoder, lora, base, 5);
  std::uint64_t n = 40;
  for (const auto& [name, tensor] : decoder.trainable_parameters()) {
    if (!name.ends_with("lora_B.weight")) continue;
    at::Generator generator = at::detail::createCPUGenerator(++n);
    tensor.copy_(at::randn(tensor.sizes(), generator) * 0.3);
  }
  model::merge_adapters(decoder);
  return decoder;
}

}  // namespace

TEST_CASE("new adapters change nothing, and a reference shares all weights") {
  const model::Decoder plain = tests::tiny_decoder("qwen3");
  model::Decoder decoder = plain;
  model::add_adapters(decoder, kLora, "base", 5);
  model::merge_adapters(decoder);
  const auto before = plain.named_parameters();
  const auto after = decoder.named_parameters();
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(at::equal(before[i].second, after[i].second));
  }
  const auto shared = model::frozen_view(decoder).named_parameters();
  for (std::size_t i = 0; i < before.size(); ++i) {
    INFO(before[i].first);
    CHECK(shared[i].second.data_ptr() == before[i].second.data_ptr());
  }
  CHECK(decoder.trainable_parameters().size() == 2 * 2 * kLora.target_modules.size());
}

TEST_CASE("a reference of adapters that were trained has what they are now") {
  model::Decoder decoder = adapted("llama");
  const model::Decoder reference = model::frozen_view(decoder);
  CHECK(!reference.lora);
  CHECK(at::equal(reference.layers[0].q_proj, decoder.layers[0].q_proj));
  CHECK(reference.layers[0].q_proj.data_ptr() != decoder.layers[0].q_proj.data_ptr());
  CHECK(reference.layers[0].k_proj.data_ptr() == decoder.layers[0].k_proj.data_ptr());
}

TEST_CASE("gradients of adapters equal those of plain operations; nothing else has any") {
  for (const std::string family : {"llama", "qwen2", "qwen3", "qwen3_moe", "deepseek_v3"}) {
    for (const bool recompute : {false, true}) {
      INFO(family << (recompute ? ", layers run again" : ""));
      const auto ids = tests::random_ids(40, 61, 5);
      const bool experts = family == "qwen3_moe" || family == "deepseek_v3";
      const model::LoraConfig lora = experts ? model::LoraConfig{3, 6} : kLora;
      model::Decoder own = adapted(family, "base", lora);
      model::Decoder plain = adapted(family, "base", lora);
      model::require_gradients(own);
      model::require_gradients(plain);
      const at::Tensor a =
          own.hidden_states(tests::single(ids), {.gradient_checkpointing = recompute});
      const at::Tensor b = model::reference_hidden_states(plain, tests::single(ids));
      CHECK((a - b).abs().max().item<double>() < 2e-4);
      at::Generator generator = at::detail::createCPUGenerator(3);
      const at::Tensor weight = at::randn(a.sizes(), generator);
      (a * weight).sum().backward();
      (b * weight).sum().backward();
      const auto mine = own.trainable_parameters();
      const auto theirs = plain.trainable_parameters();
      for (std::size_t i = 0; i < mine.size(); ++i) {
        INFO(mine[i].first);
        const at::Tensor expected = theirs[i].second.grad();
        CHECK((mine[i].second.grad() - expected).abs().max().item<double>() <
              1e-4 * expected.abs().max().item<double>());
      }
      for (const auto& [name, tensor] : own.named_parameters()) {
        INFO(name);
        CHECK(!tensor.grad().defined());
      }
    }
  }
}

TEST_CASE(
    "an adapter is saved without its base and loads to the same bits, wherever both are moved") {
  const tests::TempFolder folder;
  fs::create_directories(folder.path() / "run" / "base");
  fs::create_directories(folder.path() / "run" / "adapter");
  model::save_decoder(tests::tiny_decoder("qwen3"), folder.path() / "run" / "base");
  const model::Decoder decoder = adapted("qwen3", folder.path() / "run" / "base");
  model::save_decoder(decoder, folder.path() / "run" / "adapter");
  CHECK(!fs::exists(folder.path() / "run" / "adapter" / "model.safetensors"));
  fs::rename(folder.path() / "run", folder.path() / "moved");
  const model::Decoder loaded = model::load_decoder(folder.path() / "moved" / "adapter");
  REQUIRE(loaded.lora);
  CHECK(loaded.lora->config == kLora);
  const auto expected = decoder.named_parameters();
  const auto got = loaded.named_parameters();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO(expected[i].first);
    CHECK(at::equal(expected[i].second, got[i].second));
  }

  const fs::path moved = folder.path() / "moved";
  tests::put(moved / "base" / "tokenizer.json", "{}");
  CHECK(model::tokenizer_folder(moved / "adapter") == moved / "base");
  tests::put(moved / "adapter" / "tokenizer.json", "{}");
  CHECK(model::tokenizer_folder(moved / "adapter") == moved / "adapter");

  model::Decoder merged = loaded;
  model::drop_adapters(merged);
  fs::create_directories(folder.path() / "merged");
  model::save_decoder(merged, folder.path() / "merged");
  const model::Decoder whole = model::load_decoder(folder.path() / "merged");
  CHECK(!whole.lora);
  CHECK(at::equal(whole.layers[1].down_proj, decoder.layers[1].down_proj));
}

TEST_CASE("adapters of a model with experts and latent attention are those of its attention") {
  const tests::TempFolder folder;
  fs::create_directories(folder.path() / "base");
  fs::create_directories(folder.path() / "adapter");
  model::save_decoder(tests::tiny_decoder("deepseek_v3"), folder.path() / "base");
  const model::LoraConfig all{3, 6};
  const model::Decoder decoder = adapted("deepseek_v3", folder.path() / "base", all);
  CHECK(decoder.trainable_parameters().size() == 2 * 3 * 5);
  model::save_decoder(decoder, folder.path() / "adapter");
  const auto written =
      nlohmann::json::parse(std::ifstream(folder.path() / "adapter" / "adapter_config.json"));
  CHECK(written["target_modules"] ==
        nlohmann::json{"q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"});
  const model::Decoder loaded = model::load_decoder(folder.path() / "adapter");
  REQUIRE(loaded.lora);
  CHECK(loaded.lora->config == all);
  const auto ids = tests::random_ids(40, 61, 5);
  CHECK(model::sequence_logprobs(loaded, ids) == model::sequence_logprobs(decoder, ids));
  CHECK_THROWS_AS(adapted("deepseek_v3", "base", {3, 6, {"k_proj"}}), std::invalid_argument);
  CHECK_THROWS_AS(adapted("deepseek_v3", "base", {3, 6, {"up_proj"}}), std::invalid_argument);
}

// Made by tests/parity/make_adapter.py.
TEST_CASE("log-probabilities with an adapter equal those of PEFT") {
  const fs::path fixtures = fs::path(HONE_SOURCE_DIR) / "tests" / "parity" / "fixtures";
  const std::string name = GENERATE("peft_adapter", "peft_adapter_deepseek");
  const model::Decoder decoder = model::load_decoder(fixtures / name);
  std::ifstream lines(fixtures / name / "adapter_logprobs.jsonl");
  int sequences = 0;
  for (std::string line; std::getline(lines, line); ++sequences) {
    const auto json = nlohmann::json::parse(line);
    const auto expected = json.at("logprobs").get<std::vector<double>>();
    const auto got = model::sequence_logprobs(decoder, json.at("ids"));
    REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      CHECK(std::abs(got[i] - expected[i]) <= 5e-5 * std::max(1.0, std::abs(expected[i])));
    }
  }
  CHECK(sequences >= 3);
}

TEST_CASE("an adapter that would be understood wrongly is refused by name") {
  const fs::path fixture =
      fs::path(HONE_SOURCE_DIR) / "tests" / "parity" / "fixtures" / "peft_adapter";
  const tests::TempFolder folder;
  const auto refusal = [&](const std::string& key, const nlohmann::json& value) {
    nlohmann::json config = nlohmann::json::parse(std::ifstream(fixture / "adapter_config.json"));
    config["base_model_name_or_path"] = (fixture.parent_path() / "qwen3_sharded").string();
    config[key] = value;
    std::ofstream(folder.path() / "adapter_config.json") << config;
    fs::copy_file(fixture / "adapter_model.safetensors",
                  folder.path() / "adapter_model.safetensors",
                  fs::copy_options::overwrite_existing);
    try {
      model::load_decoder(folder.path());
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("taken");
  };
  CHECK(refusal("inference_mode", false) == "taken");
  for (const auto& [key, value] : std::vector<std::pair<std::string, nlohmann::json>>{
           {"peft_type", "IA3"},
           {"use_dora", true},
           {"use_rslora", true},
           {"use_whatever_comes_next", true},
           {"loftq_config", {{"bits", 4}}},
           {"bias", "all"},
           {"fan_in_fan_out", true},
           {"modules_to_save", {"lm_head"}},
           {"rank_pattern", {{"q_proj", 4}}},
           {"alpha_pattern", {{"q_proj", 4}}},
           {"layers_to_transform", {0}},
           {"r", 0},
           {"r", "8"},
           {"lora_alpha", -1},
           {"lora_alpha", "much"},
           {"target_modules", {"q_proj", "lm_head"}},
           {"target_modules", {"q_proj", "q_proj"}},
           {"target_modules", 3},
           {"base_model_name_or_path", "nowhere"}}) {
    INFO(key << " " << value);
    CHECK_THAT(refusal(key, value), Catch::Contains(key));
  }
  CHECK_THAT(refusal("r", 5), Catch::Contains("lora_A.weight"));
  CHECK_THAT(refusal("target_modules", {"q_proj"}), Catch::Contains("belongs to no adapted layer"));
}
