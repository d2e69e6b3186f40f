#include "model/checkpoint.h"

#include <ATen/Parallel.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones_like.h>

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <functional>

#include "model/logprobs.h"
#include "model/normal.h"
#include "model/safetensors.h"
#include "model/weight_files.h"
#include "tests/model/files.h"
#include "tests/support/text_of.h"
#include "tests/support/tiny_model.h"

using namespace hone::model;
using namespace hone::tests;
using Catch::Matchers::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// A copy of a fixture that may be damaged.
struct Copy : TempFolder {
  explicit Copy(const std::string& name) {
    fs::copy(fixture(name), path(), fs::copy_options::recursive);
  }
  std::string loading() const {
    return data_error([&] { load_decoder(path()); });
  }
  /// The weights of a one-file checkpoint, for writing them again otherwise.
  void rewrite(const std::function<void(std::vector<TensorEntry>&)>& change) const {
    const fs::path file = path() / "model.safetensors";
    const fs::path changed = path() / "changed";
    {
      const SafetensorsFile weights(file);
      std::vector<TensorEntry> entries;
      for (const auto& [name, view] : weights.tensors()) {
        entries.push_back({name, view.dtype, view.shape, view.bytes});
      }
      change(entries);
      write_safetensors(changed, entries);
    }
    fs::rename(changed, file);
  }
  /// Changes the shards' index.
  void reindex(const std::function<void(json& map)>& change) const {
    const fs::path file = path() / "model.safetensors.index.json";
    auto index = json::parse(text_of(file));
    change(index["weight_map"]);
    put(file, index.dump());
  }
};

bool same_weights(const Decoder& a, const Decoder& b) {
  const auto left = a.named_parameters(), right = b.named_parameters();
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i].first != right[i].first || !at::equal(left[i].second, right[i].second))
      return false;
  }
  return true;
}

}  // namespace

TEST_CASE("checkpoint: every family loads as fp32 and comes back the same after saving") {
  for (const char* name :
       {"llama_old_bf16", "llama_tied", "qwen2_old_f16", "qwen3_sharded", "llama_linear",
        "llama_dynamic", "llama_llama3", "qwen2_yarn_window", "qwen3_yarn_window", "mistral",
        "gemma2", "gemma3_text", "gemma3_text_old", "qwen3_moe", "qwen3_moe_window", "deepseek_v3",
        "deepseek_v3_fp8"}) {
    INFO(name);
    const Decoder decoder = load_decoder(fixture(name));
    std::int64_t count = 0;
    for (const auto& [weight, tensor] : decoder.named_parameters()) {
      CHECK(tensor.scalar_type() == at::kFloat);
      count += tensor.numel();
    }
    CHECK(count == decoder.config.num_parameters());
    CHECK(decoder.lm_head.is_same(decoder.embed_tokens) == decoder.config.tie_word_embeddings);

    const TempFolder folder;
    save_decoder(decoder, folder.path());
    const Decoder back = load_decoder(folder.path());
    CHECK(same_weights(back, decoder));
    const auto ids = random_ids(100, decoder.config.vocab_size, 3);  // past windows and contexts
    CHECK(sequence_logprobs(back, ids) == sequence_logprobs(decoder, ids));
  }
}

TEST_CASE(
    "checkpoint: saved files are those that transformers gave the same log-probabilities for") {
  const TempFolder folder;
  save_decoder(load_decoder(fixture("qwen3_sharded")), folder.path());
  for (const char* name : {"config.json", "generation_config.json", "model.safetensors"}) {
    CHECK(text_of(folder.path() / name) == text_of(fixture("qwen3_saved") / name));
  }
}

TEST_CASE("checkpoint: bf16 and fp16 become the fp32 numbers they stand for") {
  for (const char* name : {"llama_old_bf16", "qwen2_old_f16"}) {
    const Decoder decoder = load_decoder(fixture(name));
    const SafetensorsFile file(fixture(name) / "model.safetensors");
    const auto& view = file.tensors().at("model.layers.1.mlp.up_proj.weight");
    const auto& loaded = decoder.layers[1].up_proj;
    REQUIRE(static_cast<std::size_t>(loaded.numel()) * 2 == view.bytes.size());
    const bool bf16 = view.dtype == DType::kBF16;
    const auto* halves = reinterpret_cast<const std::uint16_t*>(view.bytes.data());
    for (std::int64_t i = 0; i < loaded.numel(); ++i) {
      const float expected = bf16 ? std::bit_cast<float>(std::uint32_t{halves[i]} << 16)
                                  : static_cast<float>(at::Half(halves[i], at::Half::from_bits()));
      CHECK(loaded.data_ptr<float>()[i] == expected);
    }
  }
}

TEST_CASE(
    "checkpoint: a mapped decoder has the weights of a loaded one, F32 ones in the file itself") {
  for (const char* name : {"llama_old_bf16", "llama_tied", "qwen2_old_f16", "qwen3_sharded"}) {
    const Decoder mapped = map_decoder(fixture(name));
    CHECK(same_weights(mapped, load_decoder(fixture(name))));
    CHECK(mapped.lm_head.is_same(mapped.embed_tokens) == mapped.config.tie_word_embeddings);
  }
  const Decoder mapped = map_decoder(fixture("llama_tied"));
  std::vector<std::int32_t> ids;
  for (const auto& line : json_lines(fixture("llama_tied") / "logprobs.jsonl")) {
    ids = line["ids"].get<std::vector<std::int32_t>>();
  }
  CHECK(sequence_logprobs(mapped, ids) ==
        sequence_logprobs(load_decoder(fixture("llama_tied")), ids));
}

TEST_CASE("checkpoint: mapped weights stay what they were when the folder is replaced or deleted") {
  const Copy copy("llama_tied");
  const Decoder expected = load_decoder(copy.path());
  const Decoder mapped = map_decoder(copy.path());
  copy.rewrite([](auto& tensors) {
    static const std::vector<float> zeros(61 * 24);
    tensors[0].bytes = std::as_bytes(std::span(zeros));
  });
  CHECK_FALSE(same_weights(load_decoder(copy.path()), expected));
  CHECK(same_weights(mapped, expected));
  fs::remove_all(copy.path());
  CHECK(same_weights(mapped, expected));
}

TEST_CASE("checkpoint: a trained model has weights of its own, whatever becomes of the file") {
  const Copy copy("llama_tied");
  const Decoder decoder = load_decoder(copy.path());
  const Decoder expected = frozen_copy(decoder);
  const std::string before = text_of(copy.path() / "model.safetensors");
  decoder.embed_tokens.zero_();
  CHECK(text_of(copy.path() / "model.safetensors") == before);
  const Decoder again = load_decoder(copy.path());
  fs::resize_file(copy.path() / "model.safetensors", 0);
  CHECK(same_weights(again, expected));
}

TEST_CASE("checkpoint: floats at an address that is no multiple of four are copied") {
  const Copy copy("llama_tied");
  const Decoder expected = load_decoder(copy.path());
  const fs::path file = copy.path() / "model.safetensors";
  std::string text = text_of(file);
  std::uint64_t length = 0;
  std::memcpy(&length, text.data(), 8);
  text.insert(8 + length, 1, ' ');
  ++length;
  std::memcpy(text.data(), &length, 8);
  put(file, text);
  const Decoder mapped = map_decoder(copy.path());
  CHECK(same_weights(mapped, expected));
  CHECK(reinterpret_cast<std::uintptr_t>(mapped.embed_tokens.data_ptr()) % 64 == 0);
}

TEST_CASE(
    "checkpoint: tensors that are missing, superfluous, of a wrong shape or dtype are named") {
  const auto changed = [](const std::function<void(std::vector<TensorEntry>&)>& change) {
    const Copy copy("llama_tied");
    copy.rewrite(change);
    return copy.loading();
  };
  CHECK(changed([](auto&) {}).empty());
  CHECK_THAT(changed([](auto& tensors) {
               std::erase_if(tensors, [](const auto& t) {
                 return t.name == "model.layers.1.mlp.up_proj.weight";
               });
             }),
             Contains("model.layers.1.mlp.up_proj.weight") && Contains("[40, 24]"));
  CHECK_THAT(changed([](auto& tensors) { tensors[0].name = "model.layers.7.what"; }),
             Contains("no such tensor"));
  CHECK_THAT(changed([](auto& tensors) {
               auto extra = tensors[0];
               extra.name = "model.extra";
               tensors.push_back(extra);
             }),
             Contains("model.extra") && Contains("not part of a llama"));
  CHECK_THAT(changed([](auto& tensors) { std::swap(tensors[0].shape[0], tensors[0].shape[1]); }),
             Contains("model.embed_tokens.weight") && Contains("[24, 61]"));
  CHECK_THAT(changed([](auto& tensors) { tensors[0].dtype = DType::kI32; }),
             Contains("F32, F16 or BF16") && Contains("I32"));
  CHECK(changed([](auto& tensors) {
          tensors.push_back({"model.layers.0.self_attn.rotary_emb.inv_freq", DType::kF32, {0}, {}});
        }).empty());
}

TEST_CASE("checkpoint: FP8 weights without their scales, or with those of another shape") {
  const std::string weight = "model.layers.0.mlp.up_proj.weight";
  const auto changed = [&](const std::function<void(TensorEntry&)>& change) {
    const Copy copy("deepseek_v3_fp8");
    copy.rewrite([&](auto& tensors) {
      for (auto& tensor : tensors) {
        if (tensor.name == weight + "_scale_inv") change(tensor);
      }
    });
    return copy.loading();
  };
  CHECK(changed([](auto&) {}) == "");
  CHECK_THAT(changed([](auto& tensor) { tensor.name = "model.scales"; }),
             Contains(weight) && Contains("_scale_inv"));
  CHECK_THAT(changed([](auto& tensor) { std::swap(tensor.shape[0], tensor.shape[1]); }),
             Contains(weight + "_scale_inv") && Contains("[2, 1]"));
  CHECK_THAT(changed([](auto& tensor) { tensor.dtype = DType::kI32; }), Contains("I32"));
}

TEST_CASE("checkpoint: a layer for multi-token prediction, missing, in part or with other copies") {
  const Copy without("deepseek_v3"), part("deepseek_v3"), other("deepseek_v3");
  const std::string prefix = "model.layers.3.";
  without.rewrite([&](auto& tensors) {
    std::erase_if(tensors, [&](const auto& t) { return t.name.starts_with(prefix); });
  });
  CHECK(without.loading() == "");
  const Decoder decoder = load_decoder(without.path());
  CHECK(decoder.config.num_nextn_predict_layers == 0);
  CHECK_FALSE(decoder.prediction);
  part.rewrite([&](auto& tensors) {
    std::erase_if(tensors, [&](const auto& t) { return t.name == prefix + "enorm.weight"; });
  });
  CHECK_THAT(part.loading(), Contains(prefix + "enorm.weight"));
  other.rewrite([&](auto& tensors) {
    const auto named = [&](const std::string& name) {
      return std::find_if(tensors.begin(), tensors.end(),
                          [&](const auto& tensor) { return tensor.name == name; });
    };
    named(prefix + "shared_head.head.weight")->bytes = named("model.embed_tokens.weight")->bytes;
  });
  CHECK_THAT(other.loading(), Contains(prefix + "shared_head.head.weight"));
  const TempFolder folder;
  save_decoder(load_decoder(fixture("deepseek_v3")), folder.path());
  const SafetensorsFile saved(folder.path() / "model.safetensors");
  const SafetensorsFile released(fixture("deepseek_v3") / "model.safetensors");
  for (const auto& [name, tensor] : released.tensors()) {
    CHECK(saved.tensors().contains(name));
  }
}

TEST_CASE("checkpoint: a tied head may be stored, but not with other numbers") {
  const Copy same("llama_tied"), other("llama_tied");
  same.rewrite([](auto& tensors) {
    auto head = tensors[0];
    REQUIRE(head.name == "model.embed_tokens.weight");
    head.name = "lm_head.weight";
    tensors.push_back(head);
  });
  CHECK(same.loading() == "");
  other.rewrite([](auto& tensors) {
    static const std::vector<float> zeros(61 * 24);
    tensors.push_back({"lm_head.weight", DType::kF32, {61, 24}, std::as_bytes(std::span(zeros))});
  });
  CHECK_THAT(other.loading(), Contains("lm_head.weight") && Contains("tie_word_embeddings"));
}

TEST_CASE("checkpoint: a folder without weights, with a cut or missing shard") {
  const TempFolder empty;
  CHECK_THAT(data_error([&] { load_decoder(empty.path()); }), Contains("config.json"));
  fs::copy(fixture("llama_tied") / "config.json", empty.path());
  CHECK_THAT(data_error([&] { load_decoder(empty.path()); }), Contains("has neither"));
  const Copy copy("qwen3_sharded");
  const fs::path shard = copy.path() / "model-00002-of-00004.safetensors";
  fs::resize_file(shard, fs::file_size(shard) - 1);
  CHECK_THAT(copy.loading(), Contains("model-00002") && Contains("cut short"));
  fs::remove(shard);
  CHECK_THAT(copy.loading(), Contains("model-00002") && Contains("no such file"));
}

TEST_CASE("checkpoint: an index that lies about its shards") {
  const auto loading = [](const std::function<void(json&)>& change) {
    const Copy copy("qwen3_sharded");
    copy.reindex(change);
    return copy.loading();
  };
  const char* const name = "model.norm.weight";
  CHECK(loading([](json&) {}).empty());
  CHECK_THAT(loading([&](json& map) { map[name] = "model-00001-of-00004.safetensors"; }),
             Contains(name));
  CHECK_THAT(loading([&](json& map) { map.erase(name); }), Contains("is not listed"));
  CHECK_THAT(loading([&](json& map) { map["more"] = map[name]; }), Contains("no such tensor"));
  CHECK_THAT(loading([&](json& map) { map[name] = 1; }), Contains("a file name"));
  CHECK_THAT(loading([](json& map) { map = json::array(); }), Contains("weight_map"));
  const Copy copy("qwen3_sharded");
  put(copy.path() / "model.safetensors.index.json", "{");
  CHECK_THAT(copy.loading(), Contains("index.json"));
}

TEST_CASE("checkpoint: JSON that is nested so deeply that showing it would exhaust the stack") {
  constexpr std::size_t kDepth = 400000;
  const std::string deep = std::string(kDepth, '[') + std::string(kDepth, ']');
  const Copy copy("qwen3_sharded");
  put(copy.path() / "model.safetensors.index.json", "{\"weight_map\": {\"x\": " + deep + "}}");
  CHECK_THAT(copy.loading(), Contains("index.json") && Contains("nested too deeply"));
  for (const char* key : {"vocab_size", "eos_token_id", "rope_scaling"}) {
    put(copy.path() / "config.json",
        std::string("{\"model_type\": \"llama\", \"") + key + "\": " + deep + "}");
    CHECK_THAT(copy.loading(), Contains("config.json") && Contains("nested too deeply"));
  }
}

TEST_CASE("checkpoint: shards stay inside the folder") {
  const char* const name = "model.norm.weight";
  for (const char* bad : {"../x", "/etc/passwd", "a/../../x", "..", ""}) {
    const Copy copy("qwen3_sharded");
    copy.reindex([&](json& map) { map[name] = bad; });
    CHECK_THAT(copy.loading(), Contains("inside the folder"));
  }
  const Copy longest("qwen3_sharded");
  longest.reindex([&](json& map) { map[name] = std::string(300, 'b'); });
  CHECK_THAT(longest.loading(), Contains("no such file") && Contains("too long"));
  const Copy copy("qwen3_sharded");
  const fs::path shard = copy.path() / "model-00004-of-00004.safetensors";
  const TempFolder outside;
  fs::rename(shard, outside.path() / "shard");
  fs::create_symlink(outside.path() / "shard", shard);
  CHECK(copy.loading().empty());  // a link that whoever made the folder put there
}

TEST_CASE("checkpoint: a model with fewer ids than its tokenizer") {
  const auto tokenizer = load_tokenizer(fixture("tokenizer_bpe"));
  const Decoder decoder = load_decoder(fixture("llama_tied"));
  CHECK_THAT(data_error([&] { check_vocabulary(decoder.config, *tokenizer, "FOLDER"); }),
             Contains("FOLDER") && Contains("300") && Contains("61"));
  check_vocabulary(decoder.config, *load_tokenizer(fixture("tokenizer_char")), "FOLDER");
}

TEST_CASE("parameters: random weights depend on the seed alone") {
  const auto config = read_config(fixture("qwen3_sharded"));
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const Decoder one = random_decoder(config, 5);
  at::set_num_threads(2);
  const Decoder two = random_decoder(config, 5);
  at::set_num_threads(threads);
  CHECK(same_weights(one, two));
  CHECK_FALSE(same_weights(one, random_decoder(config, 6)));
  CHECK_FALSE(at::equal(one.layers[0].up_proj, one.layers[1].up_proj));
  CHECK(at::equal(one.norm, at::ones_like(one.norm)));
  CHECK(one.embed_tokens.std().item<double>() == Approx(config.initializer_range).epsilon(0.1));
}

TEST_CASE("parameters: random numbers are normal, and the same everywhere") {
  std::vector<float> values(100001);
  fill_normal(values, 2.0, 1, 0);
  double sum = 0, square = 0, fourth = 0;
  for (const float value : values) {
    sum += value;
    square += value * value;
    fourth += std::pow(value, 4);
  }
  const auto n = static_cast<double>(values.size());
  CHECK(std::abs(sum / n) < 0.03);
  CHECK(square / n == Approx(4).epsilon(0.02));
  CHECK(fourth / n == Approx(48).epsilon(0.05));
  // Golden: a change of these changes every run that starts from random weights.
  fill_normal(std::span(values).first(4), 1.0, 42, 3);
  CHECK(values[0] == -0.342040986f);
  CHECK(values[1] == 0.951592088f);
  CHECK(values[2] == 0.118872978f);
  CHECK(values[3] == 0.721129119f);
}

TEST_CASE("parameters: a frozen copy shares nothing and keeps the tie") {
  Decoder decoder = load_decoder(fixture("qwen2_old_f16"));
  require_gradients(decoder);
  for (const auto& [name, tensor] : decoder.named_parameters()) CHECK(tensor.requires_grad());
  const Decoder copy = frozen_copy(decoder);
  CHECK(same_weights(copy, decoder));
  CHECK(copy.lm_head.is_same(copy.embed_tokens));
  for (const auto& [name, tensor] : copy.named_parameters()) CHECK_FALSE(tensor.requires_grad());
  decoder.layers[0].q_proj.detach().zero_();
  decoder.embed_tokens.detach().zero_();
  CHECK_FALSE(same_weights(copy, decoder));
}
