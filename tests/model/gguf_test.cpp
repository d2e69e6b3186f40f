#include "model/gguf.h"

#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "model/gguf_export.h"
#include "model/gguf_vocabulary.h"
#include "tests/model/files.h"
#include "tests/support/text_of.h"

using namespace hone::model;
using namespace hone::tests;
using Catch::Matchers::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

std::string hex(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string encoded(GgmlType type, const std::vector<float>& row) {
  std::string bytes(row_bytes(type, static_cast<std::int64_t>(row.size())), '\0');
  encode_row(type, row, reinterpret_cast<std::byte*>(bytes.data()));
  return bytes;
}

/// A folder "model" with these fixtures' files.
struct ModelFolder : TempFolder {
  ModelFolder(const std::string& model, const std::string& tokenizer) : folder(path() / "model") {
    fs::copy(fixture(model), folder);
    if (!tokenizer.empty()) fs::copy(fixture(tokenizer), folder);
  }
  void set(const std::string& file, const std::string& key, const json& value) const {
    json object = json::parse(text_of(folder / file));
    object[key] = value;
    put(folder / file, object.dump());
  }
  std::string exporting(GgmlType type = GgmlType::kF32) const {
    const std::string error = data_error([&] { export_gguf(folder, path() / "out.gguf", type); });
    // Whole or not at all: beside the model there is the file or nothing.
    const auto count = std::distance(fs::directory_iterator(path()), fs::directory_iterator());
    CHECK(count == (error.empty() ? 2 : 1));
    return error;
  }
  fs::path folder;
};

template <class T>
T value_of(const GgufMetadata& metadata, const std::string& key) {
  for (const auto& [name, value] : metadata) {
    if (name == key) return std::get<T>(value);
  }
  throw std::runtime_error("no key " + key);
}

bool has_key(const GgufMetadata& metadata, const std::string& key) {
  return std::any_of(metadata.begin(), metadata.end(),
                     [&](const auto& entry) { return entry.first == key; });
}

json tokenizer_json(const std::string& pattern) {
  json split = {{"type", "Split"},
                {"pattern", {{"Regex", pattern}}},
                {"behavior", "Isolated"},
                {"invert", false}};
  json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
  return {{"model",
           {{"type", "BPE"},
            {"vocab", {{"a", 0}, {"b", 1}, {"ab", 2}}},
            {"merges", json::array({json::array({"a", "b"})})}}},
          {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", {split, bytes}}}},
          {"added_tokens",
           {{{"id", 3}, {"content", "<end>"}, {"special", true}},
            {{"id", 5}, {"content", "<think>"}, {"special", false}}}}};
}

const char* const kQwenPattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
    R"(\s*[\r\n]+|\s+(?!\S)|\s+)";

}  // namespace

TEST_CASE("gguf: rows are encoded as gguf-py encodes them, byte for byte") {
  const json rows = json::parse(text_of(fixture("gguf") / "rows.json"));
  REQUIRE(rows["f32"].size() > 20);
  for (std::size_t i = 0; i < rows["f32"].size(); ++i) {
    std::vector<float> row;
    for (const auto& bits : rows["f32"][i])
      row.push_back(std::bit_cast<float>(bits.get<std::uint32_t>()));
    INFO("row " << i);
    CHECK(hex(encoded(GgmlType::kF16, row)) == rows["f16"][i]);
    CHECK(hex(encoded(GgmlType::kBF16, row)) == rows["bf16"][i]);
    CHECK(hex(encoded(GgmlType::kQ8_0, row)) == rows["q8_0"][i]);
  }
}

TEST_CASE("gguf: fp16 and bf16 round as LibTorch does, at every boundary") {
  // Every fp16 number, what lies halfway to the next, and the floats around both.
  std::size_t wrong = 0;
  for (std::uint32_t half = 0; half < 0x7c00; ++half) {
    const float low = c10::Half(half, c10::Half::from_bits());
    const float high =
        half == 0x7bff ? 65536.0f : float{c10::Half(half + 1, c10::Half::from_bits())};
    for (const float middle : {low, (low + high) / 2}) {
      const auto bits = std::bit_cast<std::uint32_t>(middle);
      for (const std::uint32_t near : {bits - 1, bits, bits + 1}) {
        if (near > 0x7f800000) continue;
        const float x = std::bit_cast<float>(near);
        wrong += to_f16(x) != c10::Half(x).x || to_f16(-x) != c10::Half(-x).x;
      }
    }
  }
  for (std::uint64_t bits = 0; bits <= 0x7f800000; bits += 9973) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    wrong += to_f16(x) != c10::Half(x).x || to_bf16_bits(x) != c10::BFloat16(x).x;
  }
  CHECK(wrong == 0);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK((to_f16(nan) & 0x7fff) > 0x7c00);
  CHECK((to_bf16_bits(std::bit_cast<float>(0x7f800001u)) & 0x7fff) > 0x7f80);
}

TEST_CASE("gguf: a model with its tokenizer is the file that gguf-py writes") {
  const ModelFolder model("llama_old_bf16", "tokenizer_char");
  CHECK(model.exporting(GgmlType::kBF16).empty());
  CHECK(text_of(model.path() / "out.gguf") == text_of(fixture("gguf") / "llama_char_bf16.gguf"));
}

TEST_CASE("gguf: an existing file is replaced as a whole, and stays if that fails") {
  const TempFolder folder;
  const fs::path path = folder.path() / "out.gguf";
  put(path, "old");
  const std::vector<float> numbers(32, std::numeric_limits<float>::infinity());
  GgufTensor tensor{
      "x", {1, 32}, GgmlType::kQ8_0, [&](std::int64_t) { return std::span(numbers); }};
  CHECK_THAT(data_error([&] { write_gguf(path, {}, std::span(&tensor, 1)); }),
             Contains("\"x\"") && Contains("finite"));
  CHECK(text_of(path) == "old");
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
  tensor.type = GgmlType::kF32;
  write_gguf(path, {}, std::span(&tensor, 1));
  CHECK(text_of(path).starts_with("GGUF"));
}

TEST_CASE("gguf: what llama.cpp would compute otherwise is refused by name") {
  const auto refusal = [](const std::string& key, const json& value,
                          const std::string& model = "llama_tied") {
    const ModelFolder folder(model, "");
    folder.set("config.json", key, value);
    return folder.exporting();
  };
  CHECK_THAT(refusal("model_type", "gemma2"), Contains("model_type") && Contains("gemma2"));
  CHECK_THAT(refusal("rope_scaling", {{"rope_type", "yarn"}, {"factor", 4.0}}),
             Contains("rope_type") && Contains("yarn"));
  CHECK_THAT(refusal("rope_parameters", {{"rope_theta", 1e4}, {"factor", 2}}), Contains("factor"));
  CHECK_THAT(refusal("attention_bias", true, "qwen3_sharded"), Contains("attention_bias"));
  CHECK_THAT(refusal("vocab_size", 61, "mistral"), Contains("sliding_window") && Contains("16"));
  CHECK_THAT(refusal("norm_topk_prob", false, "qwen3_moe"), Contains("norm_topk_prob"));
  CHECK_THAT(refusal("vocab_size", 61, "qwen3_moe"), Contains("mlp_only_layers"));
}

TEST_CASE("gguf: a sentencepiece model that llama.cpp would split otherwise is refused") {
  // Field 3 of field 2 is the algorithm; fields 2 and 4 of field 3 are normalisation.
  const auto vocabulary = [](const std::string& more) {
    const ModelFolder model("llama_old_bf16", "tokenizer_char");
    put(model.folder / "tokenizer.model", text_of(model.folder / "tokenizer.model") + more);
    return model.exporting();
  };
  CHECK(vocabulary("").empty());
  CHECK_THAT(vocabulary("\x12\x02\x18\x01"), Contains("tokenizer.model") && Contains("unigram"));
  CHECK_THAT(vocabulary("\x1a\x02\x20\x01"), Contains("remove_extra_whitespaces"));
}

TEST_CASE(
    "gguf: a tokenizer.json becomes tokens, kinds, merges and llama.cpp's name of its split") {
  const ModelFolder model("llama_old_bf16", "");
  ModelConfig config;
  config.vocab_size = 7;
  config.eos_token_ids = {3};
  put(model.folder / "tokenizer.json", tokenizer_json(kQwenPattern).dump());
  put(model.folder / "tokenizer_config.json",
      R"({"eos_token": "<end>", "chat_template": "{{ messages }}"})");
  const GgufMetadata metadata = gguf_vocabulary(model.folder, config);
  CHECK(value_of<std::string>(metadata, "tokenizer.ggml.model") == "gpt2");
  CHECK(value_of<std::string>(metadata, "tokenizer.ggml.pre") == "qwen2");
  CHECK(value_of<std::vector<std::string>>(metadata, "tokenizer.ggml.tokens") ==
        std::vector<std::string>{"a", "b", "ab", "<end>", "[PAD4]", "<think>", "[PAD6]"});
  CHECK(value_of<std::vector<std::int32_t>>(metadata, "tokenizer.ggml.token_type") ==
        std::vector<std::int32_t>{1, 1, 1, 3, 5, 4, 5});
  CHECK(value_of<std::vector<std::string>>(metadata, "tokenizer.ggml.merges") ==
        std::vector<std::string>{"a b"});
  CHECK(value_of<std::uint32_t>(metadata, "tokenizer.ggml.eos_token_id") == 3);
  CHECK_FALSE(has_key(metadata, "tokenizer.ggml.bos_token_id"));
  CHECK_FALSE(value_of<bool>(metadata, "tokenizer.ggml.add_bos_token"));
  CHECK(value_of<std::string>(metadata, "tokenizer.chat_template") == "{{ messages }}");
}

TEST_CASE("gguf: a tokenizer.json that llama.cpp would read otherwise is refused") {
  const auto refusal = [](const std::function<void(json&)>& change) {
    const ModelFolder model("llama_old_bf16", "");
    json tokenizer = tokenizer_json(kQwenPattern);
    change(tokenizer);
    put(model.folder / "tokenizer.json", tokenizer.dump());
    return model.exporting();
  };
  CHECK(refusal([](json&) {}).empty());
  CHECK_THAT(refusal([](json& t) { t = tokenizer_json("[a-z]+"); }), Contains("[a-z]+"));
  CHECK_THAT(refusal([](json& t) { t["model"]["type"] = "Unigram"; }), Contains("Unigram"));
  CHECK_THAT(refusal([](json& t) { t["model"]["byte_fallback"] = true; }),
             Contains("byte_fallback"));
  CHECK_THAT(refusal([](json& t) { t["model"]["ignore_merges"] = true; }),
             Contains("ignore_merges"));
  CHECK_THAT(refusal([](json& t) { t["model"]["vocab"]["z"] = 61; }), Contains("vocab_size"));
  CHECK_THAT(refusal([](json& t) { t["model"]["vocab"]["z"] = -1; }), Contains("vocab_size"));
  CHECK_THAT(refusal([](json& t) { t["model"]["merges"] = {1}; }), Contains("merges"));
  CHECK_THAT(refusal([](json& t) { t["model"]["merges"] = {{"a", "b"}}; }), Contains("a list"));
  CHECK_THAT(refusal([](json& t) { t["model"].erase("vocab"); }), Contains("vocab"));
  CHECK_THAT(refusal([](json& t) { t["pre_tokenizer"] = nullptr; }), Contains("pre_tokenizer"));
  CHECK_THAT(refusal([](json& t) {
               t["added_tokens"] = {{{"id", 1}}};
             }),
             Contains("tokenizer.json"));
  CHECK_THAT(refusal([](json& t) { t["pre_tokenizer"] = 3; }), Contains("pre_tokenizer"));
}
