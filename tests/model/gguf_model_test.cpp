// What a GGUF file says about its model and its tokenizer.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "model/chat_template.h"
#include "model/checkpoint.h"
#include "model/error.h"
#include "model/gguf.h"
#include "model/gguf_config.h"
#include "model/gguf_export.h"
#include "model/gguf_names.h"
#include "model/gguf_tokenizer.h"
#include "model/weight_files.h"
#include "model/weight_shapes.h"
#include "tests/model/files.h"
#include "tests/support/text_of.h"

using namespace hone::model;
using namespace hone::tests;
using Catch::Matchers::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

using Strings = std::vector<std::string>;

GgufTensor tensor_of(const std::string& name, const std::vector<std::int64_t>& shape,
                     std::shared_ptr<std::vector<float>> numbers) {
  const auto width = static_cast<std::size_t>(shape.back());
  return {name, shape, GgmlType::kF32, [numbers, width](std::int64_t row) {
            return std::span<const float>(*numbers).subspan(row * width, width);
          }};
}

/// A file with a key for everything that a small llama needs, and a tokenizer.
struct Made {
  GgufMetadata metadata = {
      {"general.architecture", std::string("llama")},
      {"llama.block_count", std::uint32_t{1}},
      {"llama.context_length", std::uint32_t{64}},
      {"llama.embedding_length", std::uint32_t{8}},
      {"llama.feed_forward_length", std::uint32_t{12}},
      {"llama.attention.head_count", std::uint32_t{2}},
      {"llama.attention.head_count_kv", std::uint32_t{1}},
      {"llama.attention.layer_norm_rms_epsilon", 1e-5f},
      {"tokenizer.ggml.model", std::string("gpt2")},
      {"tokenizer.ggml.pre", std::string("gpt-2")},
      {"tokenizer.ggml.tokens", Strings{"a", "b", "ab", "<s>", "</s>", "[PAD5]"}},
      {"tokenizer.ggml.token_type", std::vector<std::int32_t>{1, 1, 1, 3, 3, 5}},
      {"tokenizer.ggml.merges", Strings{"a b"}},
      {"tokenizer.ggml.bos_token_id", std::uint32_t{3}},
      {"tokenizer.ggml.eos_token_id", std::uint32_t{4}}};
  std::map<std::string, std::vector<float>> more;  // other tensors, of one dimension
  TempFolder folder;

  void set(const std::string& key, GgufValue value) {
    drop(key);
    metadata.emplace_back(key, std::move(value));
  }
  void drop(const std::string& key) {
    std::erase_if(metadata, [&](const auto& entry) { return entry.first == key; });
  }
  fs::path write() const {
    ModelConfig config;
    set_family(config, "llama");
    config.vocab_size = 6;
    config.hidden_size = 8;
    config.intermediate_size = 12;
    config.num_hidden_layers = 1;
    config.num_attention_heads = 2;
    config.num_key_value_heads = 1;
    config.head_dim = 4;
    config.tie_word_embeddings = true;
    std::vector<GgufTensor> tensors;
    for (const auto& [name, shape] : weight_shapes(config)) {
      std::int64_t count = 1;
      for (const auto size : shape) count *= size;
      tensors.push_back(tensor_of(gguf_name(name, false), shape,
                                  std::make_shared<std::vector<float>>(count, 0.5f)));
    }
    for (const auto& [name, numbers] : more) {
      tensors.push_back(tensor_of(name, {static_cast<std::int64_t>(numbers.size())},
                                  std::make_shared<std::vector<float>>(numbers)));
    }
    const fs::path path = folder.path() / "model.gguf";
    write_gguf(path, metadata, tensors);
    return path;
  }
};

std::string refusal(const std::function<void(Made&)>& change) {
  Made made;
  change(made);
  const fs::path path = made.write();
  return data_error([&] {
    load_decoder(path);
    load_tokenizer(path);
  });
}

std::string refusal(const std::string& key, GgufValue value) {
  return refusal([&](Made& made) { made.set(key, std::move(value)); });
}

/// A decoder as llama.cpp would write Gemma: its norms as 1 + w.
void write_gemma(const Decoder& decoder, const GgufMetadata& metadata, const fs::path& path) {
  std::vector<GgufTensor> tensors;
  for (const auto& [name, weight] : decoder.named_parameters()) {
    const float* data = weight.const_data_ptr<float>();
    auto numbers = std::make_shared<std::vector<float>>(data, data + weight.numel());
    if (name.ends_with("norm.weight")) {
      for (float& number : *numbers) number += 1;
    }
    tensors.push_back(tensor_of(gguf_name(name, true), weight.sizes().vec(), numbers));
  }
  write_gguf(path, metadata, tensors);
}

void check_gemma(ModelConfig config, const std::string& name,
                 std::vector<std::pair<std::string, GgufValue>> more) {
  const Decoder decoder = random_decoder(config, 3);
  GgufMetadata metadata = {{"general.architecture", name}};
  const auto add = [&](const char* key, std::int64_t value) {
    metadata.emplace_back(name + "." + key, static_cast<std::uint32_t>(value));
  };
  add("block_count", config.num_hidden_layers);
  add("context_length", config.max_position_embeddings);
  add("embedding_length", config.hidden_size);
  add("feed_forward_length", config.intermediate_size);
  add("attention.head_count", config.num_attention_heads);
  add("attention.head_count_kv", config.num_key_value_heads);
  add("attention.key_length", config.head_dim);
  add("attention.value_length", config.head_dim);
  add("attention.sliding_window", config.sliding_window);
  metadata.emplace_back(name + ".attention.layer_norm_rms_epsilon",
                        static_cast<float>(config.rms_norm_eps));
  for (auto& [key, value] : more) metadata.emplace_back(name + "." + key, value);
  const TempFolder folder;
  const fs::path path = folder.path() / "gemma.gguf";
  write_gemma(decoder, metadata, path);
  const Decoder read = load_decoder(path);
  const auto before = decoder.named_parameters(), after = read.named_parameters();
  REQUIRE(before.size() == after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    INFO(before[i].first);
    REQUIRE(before[i].first == after[i].first);
    CHECK((before[i].second - after[i].second).abs().max().item<float>() <= 1e-7f);
  }
  const auto written = [](ModelConfig shown) {
    shown.eos_token_ids = {};
    shown.bos_token_id = shown.pad_token_id = -1;
    shown.initializer_range = 0;
    const TempFolder into;
    write_config(shown, into.path());
    return json::parse(text_of(into.path() / "config.json"));
  };
  CHECK(written(config) == written(read.config));
}

std::vector<std::string> texts() {
  const json file = json::parse(text_of(fixture("tokenizers") / "texts.json"));
  std::vector<std::string> texts;
  for (const auto& text : file) texts.push_back(text.get<std::string>());
  return texts;
}

/// A GGUF file cannot say that special tokens in a text are text (`split_special_tokens`): from it,
/// as in llama.cpp, they are the tokens.
bool spells_special(const std::string& text) {
  const auto has = [&](const char* token) { return text.find(token) != std::string::npos; };
  return has("<unk>") || has("<pad>") || has("<s>") || has("</s>");
}

/// The same ids from the tokenizer of a folder and from that of the file it was exported to.
void check_tokenizer(const std::string& model, const fs::path& tokenizer, std::int64_t vocab_size) {
  const TempFolder folder;
  const fs::path own = folder.path() / "model";
  ModelConfig config = read_config(fixture(model));
  config.vocab_size = vocab_size;
  fs::create_directory(own);
  save_decoder(random_decoder(config, 1), own);
  fs::copy(tokenizer, own);
  const fs::path file = folder.path() / "model.gguf";
  export_gguf(own, file, GgmlType::kF32);
  const auto before = load_tokenizer(own), after = load_tokenizer(file);
  CHECK(before->encode("</s>", false).size() > 1);
  CHECK(after->encode("</s>", false) == std::vector<std::int32_t>{before->eos_id()});
  CHECK(before->eos_id() == after->eos_id());
  for (const std::string& text : texts()) {
    INFO(text);
    if (spells_special(text)) continue;
    CHECK(before->encode(text, true) == after->encode(text, true));
    CHECK(before->encode_chat(text) == after->encode_chat(text));
    CHECK(before->decode(before->encode(text, false)) == after->decode(after->encode(text, false)));
  }
}

}  // namespace

TEST_CASE("gguf_model: Gemma's norms are stored as 1 + w, and its layers go by the architecture") {
  ModelConfig second = read_config(fixture("gemma2"));
  second.query_pre_attn_scalar = second.head_dim;
  check_gemma(second, "gemma2",
              {{"attn_logit_softcapping", 2.0f}, {"final_logit_softcapping", 3.0f}});
  ModelConfig third = read_config(fixture("gemma3_text"));
  third.query_pre_attn_scalar = third.head_dim;
  third.num_hidden_layers = 7;
  third.sliding_layers = {true, true, true, true, true, false, true};
  check_gemma(third, "gemma3",
              {{"rope.freq_base", 1e6f},
               {"rope.scaling.type", std::string("linear")},
               {"rope.scaling.factor", 8.0f}});
}

TEST_CASE("gguf_model: a small llama, its tokenizer and its chat template") {
  Made made;
  made.set("tokenizer.chat_template", std::string("{{ bos_token }}{{ messages[0].content }}"));
  made.set("tokenizer.ggml.add_bos_token", true);
  const fs::path path = made.write();
  const ModelConfig config = read_config(path);
  CHECK(config.model_type == "llama");
  CHECK(config.head_dim == 4);
  CHECK(config.tie_word_embeddings);
  CHECK(config.rope.rope_theta == 10000);
  CHECK(config.rms_norm_eps == 1e-5);
  CHECK(config.eos_token_ids == std::vector<std::int64_t>{4});
  const auto tokenizer = load_tokenizer(path);
  CHECK(tokenizer->encode("abb</s>a", true) == std::vector<std::int32_t>{3, 2, 1, 4, 0});
  CHECK(tokenizer->vocab_size() == 5);
  CHECK(tokenizer->bos_id() == 3);
  CHECK(tokenizer->eos_id() == 4);
  CHECK(load_chat_template(path).render(chat_messages("", "a"), true) == "<s>a");
}

TEST_CASE("gguf_model: a sentencepiece tokenizer by scores, bytes and spaces") {
  Made made;
  made.set("tokenizer.ggml.model", std::string("llama"));
  made.set("tokenizer.ggml.tokens", Strings{"<unk>", "<s>", "</s>", "<0x41>", "\u2581", "b"});
  made.set("tokenizer.ggml.token_type", std::vector<std::int32_t>{2, 3, 3, 6, 1, 1});
  made.set("tokenizer.ggml.scores", std::vector<float>{0, 0, 0, 0, -1, -2});
  for (const char* key : {"pre", "merges", "bos_token_id", "eos_token_id"}) {
    made.drop(std::string("tokenizer.ggml.") + key);
  }
  const auto tokenizer = load_tokenizer(made.write());
  CHECK(tokenizer->encode("b bA", true) == std::vector<std::int32_t>{1, 4, 5, 4, 5, 3});
  CHECK(tokenizer->decode({4, 5, 4, 5, 3}) == "b bA");
  CHECK(tokenizer->encode("z", false) == std::vector<std::int32_t>{4, 0});
  made.set("tokenizer.ggml.add_space_prefix", false);
  made.set("tokenizer.ggml.add_bos_token", false);
  CHECK(load_tokenizer(made.write())->encode("b b", true) == std::vector<std::int32_t>{5, 4, 5});
}

TEST_CASE("gguf_model: an exported tokenizer makes the same ids") {
  check_tokenizer("llama_tied", fixture("tokenizer_char"), 200);
  check_tokenizer("llama_tied", fixture("tokenizer_bpe"), 400);
}

TEST_CASE("gguf_model: a model without a tokenizer works on ids") {
  Made made;
  std::erase_if(made.metadata,
                [](const auto& entry) { return entry.first.starts_with("tokenizer."); });
  made.set("tokenizer.ggml.model", std::string("no_vocab"));
  const fs::path path = made.write();
  CHECK_FALSE(has_tokenizer(path));
  CHECK(load_decoder(path).config.vocab_size == 6);
  CHECK_THAT(data_error([&] { load_tokenizer(path); }), Contains("has no tokenizer"));
}

TEST_CASE("gguf_model: Llama 3's RoPE is found from its factors") {
  RopeConfig rope;
  rope.rope_type = "llama3";
  rope.rope_theta = 500000;
  rope.factor = 32;
  rope.original_max_position_embeddings = 8192;
  RopeConfig plain;
  plain.rope_theta = rope.rope_theta;
  const auto scaled = rope_frequencies(rope, 64, 1, 0),
             unscaled = rope_frequencies(plain, 64, 1, 0);
  std::vector<float> factors;
  for (std::size_t i = 0; i < scaled.size(); ++i) factors.push_back(unscaled[i] / scaled[i]);
  Made made;
  made.set("llama.rope.freq_base", 500000.0f);
  made.set("llama.rope.dimension_count", std::uint32_t{64});
  made.more["rope_freqs.weight"] = factors;
  const GgufFile file(made.write());
  const RopeConfig found = gguf_rope(file, "llama.", 64, 1e4);
  CHECK(found.rope_type == "llama3");
  CHECK(found.factor == 32);
  CHECK(found.original_max_position_embeddings == 8192);
  CHECK_THAT(data_error([&] { gguf_rope(file, "llama.", 128, 1e4); }),
             Contains("rope_freqs.weight") && Contains("64 numbers"));
  made.more["rope_freqs.weight"][20] *= 2;
  const GgufFile other(made.write());
  CHECK_THAT(data_error([&] { gguf_rope(other, "llama.", 64, 1e4); }),
             Contains("rope_freqs.weight") && Contains("others"));
}

TEST_CASE("gguf_model: scaled RoPE by its keys") {
  Made made;
  made.set("llama.rope.scaling.type", std::string("yarn"));
  made.set("llama.rope.scaling.factor", 4.0f);
  made.set("llama.rope.scaling.original_context_length", std::uint32_t{16});
  const RopeConfig rope = read_config(made.write()).rope;
  CHECK(rope.rope_type == "yarn");
  CHECK(rope.factor == 4);
  CHECK(rope.original_max_position_embeddings == 16);
  CHECK(rope.attention_factor == Approx(0.1 * std::log(4.0) + 1));
  Made plain;
  plain.set("llama.rope.scaling.factor", 8.0f);  // without a type it is linear
  CHECK(read_config(plain.write()).rope.rope_type == "linear");
  CHECK(read_config(plain.write()).rope.factor == 8);
  CHECK_THAT(refusal("llama.rope.scaling.type", std::string("longrope")),
             Contains("rope.scaling.type") && Contains("longrope"));
  CHECK_THAT(refusal([](Made& m) {
               m.set("llama.rope.scaling.type", std::string("yarn"));
               m.set("llama.rope.scaling.factor", 4.0f);
             }),
             Contains("original_context_length") && Contains("is missing"));
}

TEST_CASE("gguf_model: what is not known is refused by name") {
  CHECK(refusal([](Made&) {}).empty());
  CHECK_THAT(refusal("general.architecture", std::string("mamba")),
             Contains("general.architecture") && Contains("mamba") && Contains("qwen3moe"));
  CHECK_THAT(refusal("tokenizer.ggml.model", std::string("t5")),
             Contains("tokenizer.ggml.model") && Contains("t5"));
  CHECK_THAT(refusal("tokenizer.ggml.pre", std::string("tekken")),
             Contains("tokenizer.ggml.pre") && Contains("tekken") && Contains("smollm"));
  CHECK_THAT(refusal("llama.expert_count", std::uint32_t{8}), Contains("llama.expert_count"));
  CHECK_THAT(refusal("llama.attention.value_length", std::uint32_t{2}), Contains("value_length"));
  CHECK_THAT(refusal("llama.rope.dimension_count", std::uint32_t{2}), Contains("dimension_count"));
  CHECK_THAT(refusal("llama.attention.sliding_window", std::uint32_t{16}),
             Contains("sliding_window"));
}

TEST_CASE("gguf_model: keys and tensors that do not fit each other are refused by name") {
  CHECK_THAT(refusal([](Made& m) { m.drop("llama.embedding_length"); }),
             Contains("llama.embedding_length: is missing"));
  CHECK_THAT(refusal([](Made& m) { m.drop("general.architecture"); }),
             Contains("general.architecture: is missing"));
  CHECK_THAT(refusal("llama.block_count", std::uint32_t{2}), Contains("model.layers.1."));
  CHECK_THAT(refusal("llama.block_count", std::uint32_t{0}), Contains("llama.block_count"));
  CHECK_THAT(refusal("llama.feed_forward_length", std::uint32_t{16}), Contains("shape [16, 8]"));
  CHECK_THAT(refusal("llama.embedding_length", std::uint32_t{4000000}),
             Contains("llama.embedding_length"));
  CHECK_THAT(refusal("llama.context_length", std::string("long")),
             Contains("llama.context_length") && Contains("got string"));
  CHECK_THAT(refusal([](Made& m) {
               m.more["blk.0.extra.weight"] = {1, 2};
             }),
             Contains("blk.0.extra.weight") && Contains("not part of a llama"));
  CHECK_THAT(refusal([](Made& m) {
               m.more["lm_head.weight"] = {1, 2};
             }),
             Contains("lm_head.weight"));
}

TEST_CASE("gguf_model: a damaged tokenizer is refused by key") {
  CHECK_THAT(refusal("tokenizer.ggml.tokens", Strings{"a", "b", "a", "<s>", "</s>", "x"}),
             Contains("tokens[2]") && Contains("once more"));
  CHECK_THAT(refusal("tokenizer.ggml.tokens", Strings{}), Contains("at least one token"));
  CHECK_THAT(refusal("tokenizer.ggml.tokens", Strings{"a", "\xff", "c", "d", "e", "f"}),
             Contains("tokens[1]") && Contains("UTF-8"));
  CHECK_THAT(refusal("tokenizer.ggml.token_type", std::vector<std::int32_t>{1, 1}),
             Contains("token_type") && Contains("6 types"));
  CHECK_THAT(refusal("tokenizer.ggml.token_type", std::vector<std::int32_t>{1, 1, 1, 9, 1, 1}),
             Contains("token_type[3]"));
  CHECK_THAT(refusal("tokenizer.ggml.merges", Strings{"ab"}), Contains("merges[0]"));
  CHECK_THAT(refusal("tokenizer.ggml.merges", Strings{"a z"}), Contains("merges[0]"));
  CHECK_THAT(refusal("tokenizer.ggml.bos_token_id", std::uint32_t{6}), Contains("bos_token_id"));
  const auto scores = [](std::vector<float> values) {
    return refusal([&](Made& made) {
      made.set("tokenizer.ggml.model", std::string("llama"));
      made.set("tokenizer.ggml.scores", std::move(values));
    });
  };
  CHECK(scores({0, 0, 0, 0, 0, 0}).empty());
  CHECK_THAT(scores({0}), Contains("scores") && Contains("6 scores"));
  CHECK_THAT(scores({0, 0, std::nanf(""), 0, 0, 0}), Contains("scores[2]"));
}
