#include <catch2/catch.hpp>

#include "model/tokenizer.h"
#include "tests/model/files.h"
#include "tests/support/text_of.h"

using namespace hone::model;
using namespace hone::tests;
using Catch::Matchers::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

using Ids = std::vector<std::int32_t>;

const std::vector<std::string> kKinds = {
    "albert",    "bloom",   "byte_normalizer", "clip",  "deepseek_v3",
    "falcon",    "flags",   "gemma",           "gpt2",  "llama2",
    "llama3",    "mistral", "o200k",           "plain", "qwen2",
    "starcoder", "t5",      "xlm_roberta"};

/// A folder with a tokenizer.json and, if not null, a tokenizer_config.json.
struct Folder : TempFolder {
  explicit Folder(const std::string& file, const json& config = nullptr) {
    put(path() / "tokenizer.json", file);
    if (!config.is_null()) put(path() / "tokenizer_config.json", config.dump());
  }
};

json file_of(const std::string& kind) {
  return json::parse(text_of(fixture("tokenizers") / kind / "tokenizer.json"));
}

std::shared_ptr<const Tokenizer> load(const json& file, const json& config = nullptr) {
  return load_tokenizer(Folder(file.dump(), config).path());
}

}  // namespace

TEST_CASE("tokenizer.json: the ids and texts that Hugging Face's tokenizers gives") {
  const auto texts = json::parse(text_of(fixture("tokenizers") / "texts.json"));
  for (const auto& kind : kKinds) {
    INFO(kind);
    const auto tokenizer = load_tokenizer(fixture("tokenizers") / kind);
    const auto records = json_lines(fixture("tokenizers") / kind / "records.jsonl");
    REQUIRE(records.size() == texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      INFO(texts[i].dump());
      const auto ids = records[i]["ids"].get<Ids>();
      CHECK(tokenizer->encode(texts[i].get<std::string>(), true) == ids);
      CHECK(tokenizer->decode(ids) == records[i]["decoded"].get<std::string>());
      for (const auto id : ids) CHECK(id < tokenizer->vocab_size());
    }
  }
}

TEST_CASE("tokenizer.json: a long text gives the ids of its parts") {
  // Between a letter and a space every one of these cuts, and then a letter follows the space.
  const auto texts = json::parse(text_of(fixture("tokenizers") / "texts.json"));
  for (const char* kind : {"gpt2", "qwen2", "llama3", "deepseek_v3", "gemma"}) {
    const auto tokenizer = load_tokenizer(fixture("tokenizers") / kind);
    std::string all;
    Ids ids;
    for (const auto& text : texts) {
      const std::string part = " a" + text.get<std::string>() + "a";
      all += part;
      const auto more = tokenizer->encode(part, false);
      ids.insert(ids.end(), more.begin(), more.end());
    }
    CHECK(tokenizer->encode(all, false) == ids);
  }
}

TEST_CASE("tokenizer.json: any bytes are encoded, as if broken ones were U+FFFD") {
  for (const auto& kind : kKinds) {
    const auto tokenizer = load_tokenizer(fixture("tokenizers") / kind);
    CHECK(tokenizer->encode("a\xff\xe4\xbd z\xf0\x9f\x98", true) ==
          tokenizer->encode("a\ufffd\ufffd z\ufffd", true));
    // A surrogate's three bytes, an overlong slash, a code point above the last.
    CHECK(tokenizer->encode("\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80", true) ==
          tokenizer->encode("\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd", true));
  }
}

TEST_CASE("tokenizer.json: the same character over and over takes no longer than other text") {
  for (const auto& kind : kKinds) {
    INFO(kind);
    const auto tokenizer = load_tokenizer(fixture("tokenizers") / kind);
    for (const char* unit : {" ", "a", "1", "\n", "!", "\u00e9", "'", "  \n", "\u0301"}) {
      std::string text;
      while (text.size() < 100000) text += unit;
      CHECK(tokenizer->encode(text, false).size() <= text.size() * 2);
    }
  }
}

TEST_CASE("tokenizer.json: a megabyte of letters, spaces or digits") {
  for (const char* kind : {"qwen2", "llama2"}) {
    const auto tokenizer = load_tokenizer(fixture("tokenizers") / kind);
    for (const char unit : {'a', ' ', '1'}) {
      const std::string text(1 << 20, unit);
      const auto ids = tokenizer->encode(text, false);
      CHECK(ids.size() >= text.size() / 16);
      CHECK(tokenizer->decode(ids) == text);
    }
  }
}

TEST_CASE("tokenizer.json: special tokens are those that tokenizer_config.json names") {
  const json file = file_of("qwen2");
  const auto by_name = load(file, {{"eos_token", "<|im_end|>"},
                                   {"pad_token", {{"content", "<|endoftext|>"}}},
                                   {"bos_token", nullptr}});
  CHECK(by_name->decode({by_name->eos_id()}) == "<|im_end|>");
  CHECK(by_name->decode({by_name->pad_id()}) == "<|endoftext|>");
  CHECK(by_name->bos_id() == -1);
  CHECK(load(file)->eos_id() == -1);
  CHECK(load(file, {{"eos_token", "not there"}})->eos_id() == -1);
}

TEST_CASE("tokenizer.json: tokenizer_config.json may add tokens, and keep special ones out") {
  const json file = file_of("qwen2");
  const auto plain = load(file);
  const auto end = static_cast<std::int32_t>(plain->vocab_size());
  const json more = {{"content", "<|tool|>"}, {"special", true}, {"normalized", false}};
  const auto added = load(file, {{"added_tokens_decoder", {{std::to_string(end), more}}}});
  CHECK(added->vocab_size() == end + 1);
  CHECK(added->encode("<|tool|>", false) == Ids{end});
  CHECK(added->decode({end}) == "<|tool|>");
  CHECK_THAT(data_error([&] {
               load(file, {{"added_tokens_decoder", {{std::to_string(end + 3), more}}}});
             }),
             Contains("added_tokens_decoder") && Contains(std::to_string(end)));

  const std::string text = "a<|im_end|><think>";
  CHECK(plain->encode(text, false).size() == 3);
  const auto split = load(file, {{"split_special_tokens", true}});
  CHECK(split->encode(text, false).size() > 5);
  CHECK(split->encode("<think>", false).size() == 1);  // it is not special
}

TEST_CASE("tokenizer.json: hone's own file means the same as the tokenizer.model beside it") {
  for (const char* name : {"tokenizer_char", "tokenizer_bpe"}) {
    TempFolder folder;
    for (const char* file : {"tokenizer.json", "tokenizer_config.json"}) {
      fs::copy(fixture(name) / file, folder.path() / file);
    }
    const auto both = load_tokenizer(fixture(name));
    const auto alone = load_tokenizer(folder.path());
    CHECK(alone->vocab_size() == both->vocab_size());
    CHECK(alone->eos_id() == both->eos_id());
    CHECK(alone->pad_id() == both->pad_id());
    for (const auto& record : json_lines(fixture(name) / "records.jsonl")) {
      const auto text = record["text"].get<std::string>();
      const auto ids = record["ids"].get<Ids>();
      INFO(text);
      CHECK(alone->encode(text, true) == ids);
      CHECK(alone->decode(ids) == record["decoded"].get<std::string>());
    }
  }
}

TEST_CASE("tokenizer.json: it decides beside a tokenizer.model, unless special tokens are split") {
  const json file = file_of("llama2");
  TempFolder folder;
  put(folder.path() / "tokenizer.json", file.dump());
  fs::copy(fixture("tokenizer_llama") / "tokenizer.model", folder.path() / "tokenizer.model");
  CHECK(load_tokenizer(folder.path())->vocab_size() == load(file)->vocab_size());
  put(folder.path() / "tokenizer_config.json", R"({"split_special_tokens": true})");
  CHECK(load_tokenizer(folder.path())->vocab_size() == 340);
}

TEST_CASE("tokenizer.json: saved with its original files, unchanged") {
  const json config = {{"eos_token", "<|im_end|>"}};
  const Folder from(file_of("qwen2").dump(3), config);
  put(from.path() / "merges.txt", "not read");
  const auto tokenizer = load_tokenizer(from.path());
  const TempFolder to;
  tokenizer->save(to.path());
  for (const char* name : {"tokenizer.json", "tokenizer_config.json", "merges.txt"}) {
    CHECK(text_of(to.path() / name) == text_of(from.path() / name));
  }
}

TEST_CASE("tokenizer.json: ids outside the vocabulary are refused, gaps are empty") {
  json file = file_of("plain");
  file["model"]["vocab"]["z"] = 20;
  const auto tokenizer = load(file);
  CHECK(tokenizer->vocab_size() == 21);
  CHECK(tokenizer->decode({20, 15, 1}) == "z a");
  CHECK_THAT(data_error([&] { tokenizer->decode({21}); }), Contains("0 to 20"));
  CHECK_FALSE(data_error([&] { tokenizer->decode({-1}); }).empty());
}

TEST_CASE("tokenizer.json: what is wrong with a file is named") {
  struct Case {
    const char* kind;
    const char* path;  // what is replaced, as a JSON pointer
    json value;        // null: it is taken away
    const char* named;
  };
  json nested = {{"type", "Lowercase"}};
  for (int i = 0; i < 200; ++i) {
    nested = {{"type", "Sequence"}, {"normalizers", json::array({nested})}};
  }
  const json huge = std::string(2000, 'x');
  const std::vector<Case> cases = {
      {"qwen2", "/model", nullptr, "model: is missing"},
      {"qwen2", "/model", "BPE", "model: expected an object"},
      {"qwen2", "/model/type", "WordPiece", "model.type"},
      {"qwen2", "/model/type", 3, "model.type"},
      {"qwen2", "/model/vocab", nullptr, "model.vocab: is missing"},
      {"qwen2", "/model/vocab", json::array(), "model.vocab"},
      {"qwen2", "/model/vocab", json::object(), "model.vocab: has no pieces"},
      {"qwen2", "/model/vocab/a", -1, "model.vocab.a"},
      {"qwen2", "/model/vocab/a", 1.5, "model.vocab.a"},
      {"qwen2", "/model/vocab/a", "7", "model.vocab.a"},
      {"qwen2", "/model/vocab/a", 4000000000, "model.vocab.a"},
      {"qwen2", "/model/vocab/a", 0, "an id of its own"},
      {"qwen2", "/model/merges", nullptr, "model.merges: is missing"},
      {"qwen2", "/model/merges", "a b", "model.merges: expected a list"},
      {"qwen2", "/model/merges/2", json::array({"a"}), "model.merges[2]"},
      {"qwen2", "/model/merges/2", json::array({"a", "not a piece"}), "not a piece"},
      {"qwen2", "/model/merges/2", json::array({"a", huge}), "model.merges[2]"},
      {"qwen2", "/model/merges/2", json::array({"!", "~"}), "model.merges[2]"},
      {"qwen2", "/model/merges/2", "abc", "model.merges[2]"},
      {"qwen2", "/model/merges/2", "a b c", "model.merges[2]"},
      {"qwen2", "/model/merges/2", 5, "model.merges[2]"},
      {"qwen2", "/model/dropout", 0.1, "model.dropout"},
      {"qwen2", "/model/unk_token", "<none>", "model.unk_token"},
      {"qwen2", "/model/fuse_unk", "yes", "model.fuse_unk"},
      {"plain", "/model/merges/0", json::array({"##a", ""}), "continuing_subword_prefix"},
      {"qwen2", "/added_tokens", json::object(), "added_tokens: expected a list"},
      {"qwen2", "/added_tokens/0", "x", "added_tokens[0]"},
      {"qwen2", "/added_tokens/0/id", 7, "added_tokens[0].id"},
      {"qwen2", "/added_tokens/0/id", -7, "added_tokens[0].id"},
      {"qwen2", "/added_tokens/1/content", nullptr, "added_tokens[1].content"},
      {"qwen2", "/added_tokens/1/content", huge, "added_tokens[1].content"},
      {"qwen2", "/added_tokens/1/lstrip", 1, "added_tokens[1].lstrip"},
      {"qwen2", "/normalizer", "NFC", "normalizer: expected an object"},
      {"qwen2", "/normalizer/type", "NFX", "normalizer.type"},
      {"qwen2", "/normalizer", nested, "nested too deeply"},
      {"clip", "/normalizer/normalizers/1/pattern", "x", "normalizer.normalizers[1].pattern"},
      {"clip", "/normalizer/normalizers/1/pattern/Regex", "(", "normalizers[1].pattern.Regex"},
      {"clip", "/normalizer/normalizers/1/content", nullptr, "normalizers[1].content"},
      {"xlm_roberta", "/normalizer/precompiled_charsmap", "????", "is not base64"},
      {"xlm_roberta", "/normalizer/precompiled_charsmap", "", "precompiled_charsmap"},
      {"xlm_roberta", "/normalizer/precompiled_charsmap", "/////w==", "precompiled_charsmap"},
      {"qwen2", "/pre_tokenizer/pretokenizers/0/behavior", "Split", "pretokenizers[0].behavior"},
      {"qwen2", "/pre_tokenizer/pretokenizers/0/pattern/Regex", "(a)\\1", "pattern.Regex"},
      {"qwen2", "/pre_tokenizer/pretokenizers/0/pattern/Regex", "(?<=ab)c", "look-around"},
      {"qwen2", "/pre_tokenizer/pretokenizers/0/pattern/Regex", "a{9999}", "pattern.Regex"},
      {"qwen2", "/pre_tokenizer/pretokenizers/0/pattern/Regex", "((a{99}){99}){99}", "too long"},
      {"qwen2", "/pre_tokenizer/pretokenizers/0/invert", "no", "pretokenizers[0].invert"},
      {"qwen2", "/pre_tokenizer/pretokenizers/1/type", "Bytes", "pretokenizers[1].type"},
      {"mistral", "/pre_tokenizer/replacement", "__", "pre_tokenizer.replacement"},
      {"mistral", "/pre_tokenizer/prepend_scheme", "last", "pre_tokenizer.prepend_scheme"},
      {"llama3", "/post_processor/processors/1/single/0/SpecialToken/id", "<s>",
       "post_processor.processors[1].single[0].SpecialToken.id"},
      {"llama2", "/post_processor/special_tokens/<s>/ids/0", 100000, "special_tokens.<s>.ids"},
      {"llama2", "/post_processor/special_tokens/<s>/ids", 1, "special_tokens.<s>.ids"},
      {"llama2", "/post_processor/single", json::array(), "post_processor.single"},
      {"llama2", "/post_processor/type", "Other", "post_processor.type"},
      {"clip", "/post_processor/cls", "<s>", "post_processor.cls"},
      {"llama2", "/decoder/decoders/3/start", -1, "decoder.decoders[3].start"},
      {"llama2", "/decoder/decoders/3/content", "", "decoder.decoders[3].content"},
      {"llama2", "/decoder/type", "WordPiece", "decoder.type"},
      {"t5", "/model/vocab", json::array(), "model.vocab"},
      {"t5", "/model/vocab/5", json::array({"x"}), "model.vocab[5]"},
      {"t5", "/model/vocab/5", json::array({"x", "y"}), "model.vocab[5]"},
      {"t5", "/model/vocab/5/0", huge, "model.vocab[5]"},
      {"t5", "/model/unk_id", 100000, "model.unk_id"},
      {"t5", "/model/unk_id", nullptr, "model.unk_id"},
  };
  for (const auto& one : cases) {
    json file = file_of(one.kind);
    const json::json_pointer pointer(one.path);
    if (one.value.is_null()) {
      file[pointer.parent_pointer()].erase(pointer.back());
    } else {
      file[pointer] = one.value;
    }
    INFO(one.path << " " << one.value.dump().substr(0, 80));
    CHECK_THAT(data_error([&] { load(file); }), Contains("tokenizer.json") && Contains(one.named));
  }
  for (const char* text : {"", "[]", "null", "{", "\xff", "{\"model\": {\"type\": \"BPE\"", "{}"}) {
    CHECK_THAT(data_error([&] { load_tokenizer(Folder(text).path()); }),
               Contains("tokenizer.json"));
  }
  CHECK_THAT(data_error([&] { load_tokenizer(Folder(std::string(1000000, '[')).path()); }),
             Contains("tokenizer.json"));
  // A file that was cut off anywhere.
  const std::string whole = file_of("gpt2").dump();
  for (std::size_t size = 0; size < whole.size(); size += 997) {
    CHECK_FALSE(data_error([&] { load_tokenizer(Folder(whole.substr(0, size)).path()); }).empty());
  }
}
