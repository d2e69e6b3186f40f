#include "model/tokenizer.h"

#include <catch2/catch.hpp>
#include <random>

#include "tests/model/files.h"
#include "tests/support/text_of.h"

using namespace hone::model;
using namespace hone::tests;
using Catch::Matchers::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

using Ids = std::vector<std::int32_t>;

const std::vector<std::string> kTexts = {
    "Start 3: +4 *7.\n<think>3+4=7,7*7=9</think><answer>9</answer>",
    "naive cafe, naive cafe,  two spaces"};

std::shared_ptr<const Tokenizer> trained(const std::string& type, std::int64_t size = 0) {
  return train_tokenizer({.type = type, .vocab_size = size}, kTexts);
}

/// A copy of a fixture's tokenizer.model with this tokenizer_config.json.
struct LlamaFolder : TempFolder {
  explicit LlamaFolder(const json& config = nullptr) {
    fs::copy(fixture("tokenizer_llama") / "tokenizer.model", path() / "tokenizer.model");
    if (!config.is_null()) put(path() / "tokenizer_config.json", config.dump());
  }
};

}  // namespace

TEST_CASE("tokenizer: the ids and texts that transformers gives with our tokenizer.json") {
  for (const char* name : {"tokenizer_char", "tokenizer_bpe"}) {
    const auto tokenizer = load_tokenizer(fixture(name));
    for (const auto& record : json_lines(fixture(name) / "records.jsonl")) {
      INFO(name << ": " << record.dump());
      CHECK(tokenizer->encode(record["text"].get<std::string>(), true) == record["ids"].get<Ids>());
      CHECK(tokenizer->decode(record["ids"].get<Ids>()) == record["decoded"].get<std::string>());
    }
  }
}

TEST_CASE("tokenizer: a Llama model encodes and decodes as sentencepiece does") {
  const auto tokenizer = load_tokenizer(fixture("tokenizer_llama"));
  for (const auto& record : json_lines(fixture("tokenizer_llama") / "records.jsonl")) {
    INFO(record.dump());
    CHECK(tokenizer->encode(record["text"].get<std::string>(), true) == record["ids"].get<Ids>());
    CHECK(tokenizer->decode(record["ids"].get<Ids>()) == record["decoded"].get<std::string>());
  }
  CHECK(tokenizer->bos_id() == 1);
  CHECK(tokenizer->eos_id() == 2);
  CHECK(tokenizer->pad_id() == -1);
  CHECK(tokenizer->vocab_size() == 340);
}

TEST_CASE("tokenizer: control pieces are written out and do not change the text around them") {
  const auto tokenizer = load_tokenizer(fixture("tokenizer_llama"));
  Ids ids = tokenizer->encode("to be", false);
  ids.insert(ids.begin(), 1);
  ids.push_back(2);
  CHECK(tokenizer->decode(ids) == "<s>to be</s>");
}

TEST_CASE("tokenizer: tokenizer_config.json says which special tokens are added") {
  const Ids plain = {271, 268};
  const auto encode = [](const json& config) {
    const LlamaFolder folder(config);
    return load_tokenizer(folder.path())->encode("to be", true);
  };
  CHECK(encode(nullptr) == plain);
  CHECK(encode(json::object()) == plain);
  CHECK(encode({{"add_bos_token", false}, {"tokenizer_class", "LlamaTokenizer"}}) == plain);
  CHECK(encode({{"add_bos_token", true}}) == Ids{1, 271, 268});
  CHECK(encode({{"tokenizer_class", "LlamaTokenizerFast"}}) == Ids{1, 271, 268});
  CHECK(encode({{"add_bos_token", true}, {"add_eos_token", true}}) == Ids{1, 271, 268, 2});
  const LlamaFolder folder(json{{"add_bos_token", true}});
  CHECK(load_tokenizer(folder.path())->encode("to be", false) == plain);
}

TEST_CASE("tokenizer: tokenizer_config.json may name the special tokens") {
  const LlamaFolder folder(
      {{"eos_token", {{"content", "<s>"}}}, {"pad_token", "</s>"}, {"bos_token", nullptr}});
  const auto tokenizer = load_tokenizer(folder.path());
  CHECK(tokenizer->eos_id() == 1);
  CHECK(tokenizer->pad_id() == 2);
  CHECK(tokenizer->bos_id() == 1);
  const LlamaFolder other(json{{"eos_token", "<|not there|>"}});
  CHECK(load_tokenizer(other.path())->eos_id() == 2);
}

TEST_CASE("tokenizer: tokens added past tokenizer.model are refused") {
  const json known = {{"added_tokens_decoder", {{"1", {{"content", "<s>"}}}}}};
  CHECK(load_tokenizer(LlamaFolder(known).path()) != nullptr);
  const json added = {{"added_tokens_decoder", {{"340", {{"content", "<|im_end|>"}}}}}};
  CHECK_THAT(data_error([&] { load_tokenizer(LlamaFolder(added).path()); }),
             Contains("added_tokens_decoder.340"));
}

TEST_CASE("tokenizer: training settles the special ids and keeps tags whole") {
  for (const auto& tokenizer : {trained("char"), trained("bpe", 60)}) {
    CHECK(tokenizer->pad_id() == 0);
    CHECK(tokenizer->eos_id() == 2);
    CHECK(tokenizer->bos_id() == -1);
    CHECK(tokenizer->encode("<think></think><answer></answer>", true) == Ids{3, 4, 5, 6});
    CHECK(tokenizer->decode({3, 4, 0, 1, 2}) == "<think></think><pad><unk></s>");
    CHECK(tokenizer->encode("7</s>", true).back() != 2);  // text never ends a sequence
    for (const auto& text : kTexts) CHECK(tokenizer->decode(tokenizer->encode(text, true)) == text);
    for (const auto id : tokenizer->encode("39", true)) CHECK(tokenizer->decode({id}).size() == 1);
  }
  CHECK(trained("bpe", 60)->vocab_size() == 60);
}

TEST_CASE("tokenizer: whitespace comes back as it was") {
  const auto tokenizer = train_tokenizer({.type = "char"}, {"a\tb\nc\r\n  d "});
  for (const char* text : {" ", "  a", "a  ", "\n\n a", "a\tb", "\r\n", ""}) {
    CHECK(tokenizer->decode(tokenizer->encode(text, true)) == text);
  }
}

TEST_CASE("tokenizer: any bytes are encoded, ids outside the vocabulary are refused") {
  const auto tokenizer = trained("char");
  CHECK(tokenizer->encode("\xff\xfe\x80", true) == Ids{1});
  CHECK(tokenizer->encode(std::string(3, '\0'), true) == Ids{1});
  CHECK(tokenizer
            ->encode("\xe4\xbd\xa0"
                     "7",
                     true)
            .front() == 1);
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (int i = 0; i < 20; ++i) text += static_cast<char>(random());
    for (const auto id : tokenizer->encode(text, true)) CHECK(id < tokenizer->vocab_size());
  }
  const auto size = static_cast<std::int32_t>(tokenizer->vocab_size());
  CHECK_THAT(data_error([&] { tokenizer->decode({size}); }), Contains(std::to_string(size)));
  CHECK_FALSE(data_error([&] { tokenizer->decode({-1}); }).empty());
}

TEST_CASE("tokenizer: the same texts give the same files, and they load again") {
  for (const auto& [type, size] :
       std::vector<std::pair<std::string, int>>{{"char", 0}, {"bpe", 60}}) {
    const TempFolder one, two, three;
    trained(type, size)->save(one.path());
    trained(type, size)->save(two.path());
    const auto loaded = load_tokenizer(one.path());
    loaded->save(three.path());
    for (const char* name : {"tokenizer.model", "tokenizer.json", "tokenizer_config.json"}) {
      CHECK(text_of(one.path() / name) == text_of(two.path() / name));
      CHECK(text_of(one.path() / name) == text_of(three.path() / name));
      CHECK_FALSE(text_of(one.path() / name).empty());
    }
    CHECK(loaded->encode(kTexts[0], true) == trained(type, size)->encode(kTexts[0], true));
  }
}

TEST_CASE("tokenizer: tokenizer.json says what the model does") {
  const TempFolder folder;
  trained("bpe", 60)->save(folder.path());
  const auto file = json::parse(text_of(folder.path() / "tokenizer.json"));
  const auto& vocabulary = file["model"]["vocab"];
  CHECK(vocabulary.size() == 60);
  CHECK(file["model"]["merges"].size() > 0);
  for (const auto& merge : file["model"]["merges"]) {
    CHECK(vocabulary.contains(merge[0].get<std::string>() + merge[1].get<std::string>()));
  }
  CHECK(file["added_tokens"].size() == 7);
  CHECK(file["added_tokens"][2]["special"] == true);   // </s>
  CHECK(file["added_tokens"][3]["special"] == false);  // <think> stays visible
}

TEST_CASE("tokenizer: a loaded one is saved with its original files, unchanged") {
  const LlamaFolder from({{"split_special_tokens", true}, {"unknown", 1}});
  put(from.path() / "tokenizer.json", "{ \"not\": \"read\" }");
  put(from.path() / "chat_template.jinja", "{{ x }}");
  const TempFolder to;
  const auto tokenizer = load_tokenizer(from.path());
  fs::remove(from.path() / "tokenizer.model");  // it depends on the folder no more
  tokenizer->save(to.path());
  CHECK(text_of(to.path() / "tokenizer.json") == "{ \"not\": \"read\" }");
  CHECK(text_of(to.path() / "chat_template.jinja") == "{{ x }}");
  CHECK(text_of(to.path() / "tokenizer.model") ==
        text_of(fixture("tokenizer_llama") / "tokenizer.model"));
  CHECK(text_of(to.path() / "tokenizer_config.json") ==
        text_of(from.path() / "tokenizer_config.json"));
  CHECK_FALSE(fs::exists(to.path() / "special_tokens_map.json"));
  CHECK_THAT(data_error([&] { tokenizer->save("/none/there"); }), Contains("/none/there"));
}

TEST_CASE("tokenizer: a folder without one, with damaged files") {
  const TempFolder folder;
  const auto load = [&] { load_tokenizer(folder.path()); };
  CHECK_FALSE(has_tokenizer(folder.path()));
  CHECK_THAT(data_error(load), Contains("has no tokenizer"));
  const std::string good = text_of(fixture("tokenizer_llama") / "tokenizer.model");
  for (const std::string& bad : {std::string(), std::string("not a model"), good.substr(0, 100)}) {
    put(folder.path() / "tokenizer.model", bad);
    CHECK_THAT(data_error(load), Contains("tokenizer.model"));
  }
  put(folder.path() / "tokenizer.model", good);
  put(folder.path() / "tokenizer_config.json", "{");
  CHECK_THAT(data_error(load), Contains("tokenizer_config.json"));
}

TEST_CASE("tokenizer: settings that cannot be trained") {
  const auto message = [](const TokenizerConfig& config, const std::vector<std::string>& texts) {
    return data_error([&] { train_tokenizer(config, texts); });
  };
  CHECK_THAT(message({.type = "word"}, kTexts), Contains("char or bpe"));
  CHECK_THAT(message({.type = "char"}, {}), Contains("text to train on"));
  CHECK_THAT(message({.type = "char"}, {""}), Contains("text to train on"));
  CHECK_THAT(message({.type = "bpe", .vocab_size = 100000}, kTexts), Contains("too high"));
  CHECK_THAT(message({.type = "bpe", .vocab_size = 5}, kTexts), Contains("cannot be trained"));
  CHECK_THAT(message({.symbols = {"a", "a"}}, kTexts), Contains("symbols"));
  CHECK_THAT(message({.symbols = {"x y"}}, kTexts), Contains("symbols"));
  CHECK_THAT(message({.symbols = {""}}, kTexts), Contains("symbols"));
  CHECK_THAT(message({.symbols = {"</s>"}}, kTexts), Contains("</s>"));
}

TEST_CASE("tokenizer: symbols may hold commas, quotes and line ends") {
  const std::vector<std::string> symbols = {"a,b", "\"", "\n\n"};
  const auto tokenizer = train_tokenizer({.symbols = symbols}, kTexts);
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const Ids expected = {static_cast<std::int32_t>(3 + i)};
    INFO(symbols[i]);
    CHECK(tokenizer->encode(symbols[i], true) == expected);
    CHECK(tokenizer->decode(expected) == symbols[i]);
  }
}
