#include "model/gguf_read.h"

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "model/checkpoint.h"
#include "model/ggml_dequantize.h"
#include "model/gguf_export.h"
#include "model/weight_files.h"
#include "tests/model/files.h"
#include "tests/support/text_of.h"

using namespace hone::model;
using namespace hone::tests;
using Catch::Matchers::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

template <class T>
std::string raw(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}
std::string raw_text(const std::string& text) { return raw(std::uint64_t{text.size()}) + text; }

/// A key with a uint32, and a tensor's entry.
std::string number_key(const std::string& key, std::uint32_t value) {
  return raw_text(key) + raw(std::uint32_t{4}) + raw(value);
}
std::string text_key(const std::string& key, const std::string& value) {
  return raw_text(key) + raw(std::uint32_t{8}) + raw_text(value);
}
std::string tensor(const std::string& name, const std::vector<std::uint64_t>& sizes,
                   std::uint32_t type, std::uint64_t offset) {
  std::string text = raw_text(name) + raw(static_cast<std::uint32_t>(sizes.size()));
  for (const auto size : sizes) text += raw(size);
  return text + raw(type) + raw(offset);
}

struct Parts {
  std::string magic = "GGUF";
  std::uint32_t version = 3;
  std::vector<std::string> keys = {text_key("general.architecture", "llama")};
  std::vector<std::string> tensors = {tensor("x", {8, 2}, 0, 0), tensor("y", {32}, 8, 64)};
  std::optional<std::uint64_t> key_count, tensor_count;  // that lie
  std::string data = std::string(64 + 34, '\1');

  std::string file() const {
    std::string text = magic + raw(version) + raw(tensor_count.value_or(tensors.size())) +
                       raw(key_count.value_or(keys.size()));
    for (const auto& key : keys) text += key;
    for (const auto& entry : tensors) text += entry;
    text.resize((text.size() + 31) / 32 * 32);
    return text + data;
  }
};

std::string opening(const std::string& bytes, const std::string& name = "a.gguf") {
  const TempFolder folder;
  put(folder.path() / name, bytes);
  return data_error([&] { GgufFile file(folder.path() / name); });
}

/// What a change makes of a file that is read without it.
std::string damaged(const std::function<void(Parts&)>& change) {
  Parts parts;
  REQUIRE(opening(parts.file()).empty());
  change(parts);
  return opening(parts.file());
}

/// The numbers of a weight as an exported file of this type holds them.
std::vector<float> stored(const at::Tensor& weight, GgmlType type) {
  const std::int64_t width = weight.size(-1);
  if (weight.dim() == 1) type = GgmlType::kF32;
  if (width % block_size(type) != 0) type = GgmlType::kF16;
  std::vector<float> numbers(static_cast<std::size_t>(weight.numel()));
  std::string row(row_bytes(type, width), '\0');
  for (std::int64_t first = 0; first < weight.numel(); first += width) {
    const std::span<const float> values(weight.const_data_ptr<float>() + first,
                                        static_cast<std::size_t>(width));
    encode_row(type, values, reinterpret_cast<std::byte*>(row.data()));
    decode_row(type, bytes_of(row), std::span(numbers).subspan(first, values.size()));
  }
  return numbers;
}

bool same_bits(const float* a, const float* b, std::size_t count) {
  return std::memcmp(a, b, count * sizeof(float)) == 0;
}

json written(const ModelConfig& config) {
  const TempFolder folder;
  write_config(config, folder.path());
  json object = json::parse(text_of(folder.path() / "config.json"));
  object.erase("initializer_range");  // no GGUF file says it
  return object;
}

void check_same_config(const ModelConfig& before, const ModelConfig& after) {
  json own = written(before), theirs = written(after);
  if (before.rope.rope_type == "llama3") {
    const auto frequencies = [](const ModelConfig& config) {
      return rope_frequencies(config.rope, config.head_dim, 1, 0);
    };
    CHECK(frequencies(before) == frequencies(after));
    for (json* config : {&own, &theirs}) {
      config->erase("rope_parameters");
      config->erase("rope_scaling");
    }
  }
  for (json* config : {&own, &theirs}) {
    // They stand in the tokenizer's keys, and there is none.
    for (const char* key : {"bos_token_id", "pad_token_id", "eos_token_id"}) config->erase(key);
  }
  CHECK(own == theirs);
}

void check_round_trip(const fs::path& model) {
  const Decoder before = load_decoder(model);
  for (const GgmlType type : {GgmlType::kF32, GgmlType::kF16, GgmlType::kBF16, GgmlType::kQ8_0}) {
    INFO(type_name(type));
    const TempFolder folder;
    const fs::path file = folder.path() / "model.gguf";
    export_gguf(model, file, type);
    const Decoder after = load_decoder(file), mapped = map_decoder(file);
    const auto weights = before.named_parameters();
    const auto read = after.named_parameters(), shared = mapped.named_parameters();
    REQUIRE(weights.size() == read.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      INFO(weights[i].first);
      REQUIRE(weights[i].first == read[i].first);
      REQUIRE(weights[i].second.sizes() == read[i].second.sizes());
      const auto expected = stored(weights[i].second, type);
      CHECK(same_bits(expected.data(), read[i].second.const_data_ptr<float>(), expected.size()));
      CHECK(same_bits(expected.data(), shared[i].second.const_data_ptr<float>(), expected.size()));
    }
    check_same_config(before.config, after.config);
  }
}

}  // namespace

TEST_CASE("gguf_read: every type becomes gguf-py's numbers, bit for bit") {
  const json types = json::parse(text_of(fixture("gguf") / "types.json"));
  REQUIRE(types.size() == 14);
  for (const auto& [name, entry] : types.items()) {
    INFO(name);
    std::optional<GgmlType> type;
    for (std::uint32_t number = 0; number < 64; ++number) {
      const auto known = ggml_type(number);
      if (known && type_name(*known) == name) type = known;
    }
    REQUIRE(type);
    const std::string bytes = from_hex(entry["bytes"]), expected = from_hex(entry["f32"]);
    std::vector<float> numbers(expected.size() / sizeof(float));
    REQUIRE(bytes.size() == row_bytes(*type, static_cast<std::int64_t>(numbers.size())));
    decode_row(*type, bytes_of(bytes), numbers);
    CHECK(std::memcmp(numbers.data(), expected.data(), expected.size()) == 0);
  }
}

TEST_CASE("gguf_read: fp16 numbers are all widened as LibTorch does") {
  std::size_t wrong = 0;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    float widened = 0;
    decode_row(GgmlType::kF16, std::as_bytes(std::span(&half, 1)), std::span(&widened, 1));
    const float expected = c10::Half(half, c10::Half::from_bits());
    const bool both_nan = std::isnan(widened) && std::isnan(expected);
    if (!both_nan &&
        std::bit_cast<std::uint32_t>(widened) != std::bit_cast<std::uint32_t>(expected)) {
      ++wrong;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("gguf_read: what was exported is read again, with the numbers that stand in the file") {
  for (const char* name : {"llama_old_bf16", "llama_linear", "llama_llama3", "llama_tied",
                           "qwen2_old_f16", "qwen3_saved", "qwen3_sharded"}) {
    INFO(name);
    check_round_trip(fixture(name));
  }
}

TEST_CASE("gguf_read: stacks of experts are taken apart") {
  ModelConfig config = read_config(fixture("qwen3_moe"));
  config.moe.layers.assign(config.moe.layers.size(), true);
  const TempFolder folder;
  save_decoder(random_decoder(config, 1), folder.path());
  check_round_trip(folder.path());
}

TEST_CASE("gguf_read: a file that is none, or another version, is refused by name") {
  CHECK_THAT(damaged([](Parts& p) { p.magic = "GGML"; }), Contains("begins with GGUF"));
  CHECK_THAT(damaged([](Parts& p) { p.version = 1; }), Contains("version") && Contains("got 1"));
  CHECK_THAT(damaged([](Parts& p) { p.version = 4; }), Contains("version") && Contains("got 4"));
  CHECK_THAT(damaged([](Parts& p) { p.version = 0x03000000; }), Contains("big-endian"));
  CHECK(damaged([](Parts& p) { p.version = 2; }).empty());
  CHECK_THAT(opening(""), Contains("at least 24 bytes"));
  CHECK_THAT(opening(Parts().file(), "a-00001-of-00002.gguf"), Contains("llama-gguf-split"));
  CHECK(opening(Parts().file(), "a-00001-of-00001.gguf").empty());
  CHECK_THAT(damaged([](Parts& p) { p.keys.push_back(number_key("split.count", 2)); }),
             Contains("split.count") && Contains("llama-gguf-split"));
}

TEST_CASE("gguf_read: a file that is cut short is refused wherever the cut is") {
  const std::string whole = Parts().file();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    CHECK_THAT(opening(whole.substr(0, size)), Contains("cut short"));
  }
}

TEST_CASE("gguf_read: counts and lengths that lie take no memory") {
  const auto huge = std::uint64_t{1} << 60;
  CHECK_THAT(damaged([&](Parts& p) { p.key_count = huge; }),
             Contains("of 1152921504606846976") && Contains("cut short"));
  CHECK_THAT(damaged([&](Parts& p) { p.tensor_count = huge; }), Contains("a tensor's name"));
  CHECK_THAT(damaged([&](Parts& p) { p.keys = {raw(huge) + "x"}; }), Contains("metadata key 0"));
  CHECK_THAT(damaged([&](Parts& p) {
               p.keys.push_back(raw_text("long") + raw(std::uint32_t{8}) + raw(huge));
             }),
             Contains("long") && Contains("cut short"));
  for (const std::uint32_t element : {0u, 4u, 8u, 12u}) {
    CHECK_THAT(
        damaged([&](Parts& p) {
          p.keys.push_back(raw_text("list") + raw(std::uint32_t{9}) + raw(element) + raw(huge * 4));
        }),
        Contains("list") && Contains("cut short"));
  }
  CHECK_THAT(damaged([&](Parts& p) {
               p.tensors[0] = tensor("x", {huge, huge}, 0, 0);
             }),
             Contains("\"x\"") && Contains("2^60"));
  CHECK_THAT(damaged([&](Parts& p) { p.tensors[0] = tensor("x", {huge}, 0, 0); }),
             Contains("\"x\"") && Contains("cut short"));
}

TEST_CASE("gguf_read: metadata that is not in the format is refused by key") {
  CHECK_THAT(damaged([](Parts& p) {
               p.keys.push_back(raw_text("odd") + raw(std::uint32_t{13}) + raw(1));
             }),
             Contains("odd") && Contains("0 to 12") && Contains("13"));
  CHECK_THAT(damaged([](Parts& p) {
               p.keys.push_back(raw_text("deep") + raw(std::uint32_t{9}) + raw(std::uint32_t{9}) +
                                raw(std::uint64_t{1}));
             }),
             Contains("deep") && Contains("array of arrays"));
  CHECK_THAT(damaged([](Parts& p) { p.keys.push_back(p.keys[0]); }),
             Contains("general.architecture") && Contains("twice"));
  CHECK_THAT(damaged([](Parts& p) { p.keys.push_back(number_key("\xff", 1)); }), Contains("UTF-8"));
  for (const std::uint32_t alignment : {0u, 3u, 48u}) {
    CHECK_THAT(
        damaged([&](Parts& p) { p.keys.push_back(number_key("general.alignment", alignment)); }),
        Contains("general.alignment") && Contains("power of two"));
  }
}

TEST_CASE("gguf_read: tensors that cannot be so are refused by name") {
  const auto with = [](const std::string& first, const std::string& second) {
    return damaged([&](Parts& p) { p.tensors = {first, second}; });
  };
  const std::string x = tensor("x", {8, 2}, 0, 0), y = tensor("y", {32}, 8, 64);
  CHECK_THAT(with(x, tensor("y", {32}, 8, 32)), Contains("\"y\"") && Contains("overlaps"));
  CHECK_THAT(with(x, tensor("y", {32}, 8, 96)), Contains("\"y\"") && Contains("cut short"));
  CHECK_THAT(with(x, tensor("y", {32}, 8, ~std::uint64_t{31})),
             Contains("\"y\"") && Contains("cut short"));
  CHECK_THAT(with(x, tensor("y", {32}, 8, 65)), Contains("multiple of 32"));
  CHECK_THAT(with(x, tensor("y", {31}, 8, 64)), Contains("multiple of 32") && Contains("Q8_0"));
  CHECK_THAT(with(x, tensor("y", {32}, 16, 64)), Contains("Q4_K") && Contains("type number 16"));
  CHECK_THAT(with(x, tensor("y", {}, 8, 64)), Contains("1 to 4 dimensions"));
  CHECK_THAT(with(x, tensor("y", {1, 1, 1, 1, 1}, 8, 64)), Contains("1 to 4 dimensions"));
  CHECK_THAT(with(x, tensor("y", {32, 0}, 8, 64)), Contains("at least 1"));
  CHECK_THAT(with(x, tensor("x", {32}, 8, 64)), Contains("twice"));
  CHECK(with(x, y).empty());
}

TEST_CASE("gguf_read: a value is of its type and in its bounds") {
  Parts parts;
  parts.keys = {number_key("n", 7),
                text_key("t", "text"),
                raw_text("small") + raw(std::uint32_t{1}) + raw(std::int8_t{-3}),
                raw_text("wide") + raw(std::uint32_t{10}) + raw(~std::uint64_t{0}),
                raw_text("f") + raw(std::uint32_t{6}) + raw(1e-5f),
                raw_text("list") + raw(std::uint32_t{9}) + raw(std::uint32_t{5}) +
                    raw(std::uint64_t{2}) + raw(std::int32_t{-1}) + raw(std::int32_t{9})};
  const TempFolder folder;
  put(folder.path() / "a.gguf", parts.file());
  const GgufFile file(folder.path() / "a.gguf");
  CHECK(file.integer("n", 0, 7) == 7);
  CHECK(file.integer("small", -128, 127) == -3);
  CHECK(file.text("t") == "text");
  CHECK(file.number("f") == 1e-5);
  CHECK(file.integers("list") == std::vector<std::int64_t>{-1, 9});
  CHECK_THAT(data_error([&] { file.integer("n", 0, 6); }), Contains(": n: expected 0 to 6, got 7"));
  CHECK_THAT(data_error([&] { file.integer("wide", 0, 100); }),
             Contains("wide: expected 0 to 100"));
  CHECK_THAT(data_error([&] { file.text("n"); }), Contains("n: expected a string, got uint32"));
  CHECK_THAT(data_error([&] { file.integer("t", 0, 1); }), Contains("got string"));
  CHECK_THAT(data_error([&] { file.integer("list", 0, 1); }), Contains("got an array of int32"));
  CHECK_THAT(data_error([&] { file.texts("list"); }), Contains("an array of strings"));
  CHECK_THAT(data_error([&] { file.text("none"); }), Contains("none: is missing"));
}
