#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>

#include "model/sentencepiece_model.h"
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

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

/// Fields of a protobuf message.
std::string text_field(int number, const std::string& text) {
  return varint(number << 3 | 2) + varint(text.size()) + text;
}
std::string number_field(int number, std::uint64_t value) {
  return varint(number << 3) + varint(value);
}

std::string piece(const std::string& text, float score = 0, int kind = 1) {
  std::string bits(sizeof score, 0);
  std::memcpy(bits.data(), &score, sizeof score);
  return text_field(1, text_field(1, text) + varint(2 << 3 | 5) + bits + number_field(3, kind));
}
const std::string kStart = piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3);
/// A TrainerSpec with this algorithm: 1 is unigram, 2 is BPE.
std::string trainer(int algorithm, const std::string& more = "") {
  return text_field(2, number_field(3, algorithm) + more);
}
/// A NormalizerSpec that leaves texts as they are.
const std::string kAsItIs =
    text_field(3, number_field(3, 0) + number_field(4, 0) + number_field(5, 1));

std::shared_ptr<const Tokenizer> load(const std::string& model, const json& config = nullptr) {
  const TempFolder folder;
  put(folder.path() / "tokenizer.model", model);
  if (!config.is_null()) put(folder.path() / "tokenizer_config.json", config.dump());
  return load_tokenizer(folder.path());
}

std::string refusal(const std::string& model) {
  return data_error([&] { load(model); });
}

const std::string& llama() {
  static const std::string model = text_of(fixture("tokenizer_llama") / "tokenizer.model");
  return model;
}

}  // namespace

TEST_CASE("sentencepiece: the ids and texts that sentencepiece gives, for every kind of model") {
  const auto texts = json::parse(text_of(fixture("sentencepiece") / "texts.json"));
  int models = 0;
  for (const auto& entry : fs::directory_iterator(fixture("sentencepiece"))) {
    if (!entry.is_directory()) continue;
    const auto tokenizer = load_tokenizer(entry.path());
    std::size_t line = 0;
    for (const auto& record : json_lines(entry.path() / "records.jsonl")) {
      INFO(entry.path().filename() << ": " << record.dump());
      if (line < texts.size()) {
        CHECK(tokenizer->encode(from_hex(texts[line]), true) == record["ids"].get<Ids>());
      }
      CHECK(tokenizer->decode(record["ids"].get<Ids>()) == record["decoded"].get<std::string>());
      ++line;
    }
    CHECK(line > texts.size());
    ++models;
  }
  CHECK(models == 22);
}

TEST_CASE("sentencepiece: of equal sums the first way found counts, in numbers of 32 bits") {
  // aa a, a aa and a a a: all are -3, and the second comes to the end first.
  const auto tokenizer = load(kStart + piece("a", -1) + piece("aa", -2) + trainer(1) + kAsItIs);
  CHECK(tokenizer->encode("aaa", true) == Ids{3, 4});
  CHECK(tokenizer->encode("aa", true) == Ids{4});
  // ab is worse by 2^-22, which rounding loses at a sum of -52; then it is the first one found.
  const auto close = load(kStart + piece("a", -1) + piece("b", -1) + piece("ab", -2 - 0x1p-22F) +
                          piece("c", -50) + trainer(1) + kAsItIs);
  CHECK(close->encode("ab", true) == Ids{3, 4});
  CHECK(close->encode("cab", true) == Ids{6, 5});
  CHECK(close->encode("cabcab", true) == Ids{6, 5, 6, 5});
}

TEST_CASE("sentencepiece: control pieces count in what a chat template made, and only there") {
  const auto tokenizer = load(llama());
  const auto plain = [&](const char* text) { return tokenizer->encode(text, true); };
  const auto joined = [](std::initializer_list<Ids> parts) {
    Ids ids;
    for (const auto& part : parts) ids.insert(ids.end(), part.begin(), part.end());
    return ids;
  };
  CHECK(tokenizer->encode_chat("<s>to be</s>") == joined({{1}, plain("to be"), {2}}));
  CHECK(tokenizer->encode_chat("to</s><s> be\n") == joined({plain("to"), {2, 1}, plain(" be\n")}));
  CHECK(tokenizer->encode_prompt("<s>to be", true) == tokenizer->encode_chat("<s>to be"));
  CHECK(tokenizer->encode_prompt("<s>to be", false) == plain("<s>to be"));
  for (const char* text : {"<s>to be", "</s>", "a</s>b"}) {
    for (const auto id : plain(text)) CHECK((id != 1 && id != 2));
    CHECK(tokenizer->encode(text, false) == plain(text));
  }
  CHECK(tokenizer->encode_chat("to be") == plain("to be"));
  CHECK(tokenizer->encode_chat("").empty());
}

TEST_CASE("sentencepiece: tokenizer_config.json says what else counts in a chat") {
  const auto bare = load(llama());
  // transformers' LlamaTokenizer puts a space in front of the text's beginning only.
  const auto first = load(llama(), {{"tokenizer_class", "LlamaTokenizer"}});
  std::vector<std::string> pieces;
  for (const auto id : first->encode_chat("<s>to be")) pieces.push_back(first->decode({1, id}));
  CHECK(pieces == std::vector<std::string>{"<s><s>", "<s>t", "<s>o", "<s>be"});
  CHECK(first->encode_chat("to be</s>") == bare->encode_chat("to be</s>"));
  const auto legacy = load(llama(), {{"tokenizer_class", "LlamaTokenizer"}, {"legacy", true}});
  CHECK(legacy->encode_chat("<s>to be") == bare->encode_chat("<s>to be"));
  // hone's own tokenizers.
  const auto own = load(llama(), {{"split_special_tokens", true}});
  CHECK(own->encode_chat("<s>to be</s>") == bare->encode("<s>to be</s>", true));
  // A piece that is none of the special ones.
  const auto more = load(
      kStart + piece("a", -1) + piece("aa", -2) + trainer(1) + kAsItIs,
      {{"added_tokens_decoder", {{"3", {{"content", "a"}, {"special", true}, {"rstrip", true}}}}}});
  CHECK(more->encode("aa", true) == Ids{4});
  CHECK(more->encode_chat("aa  </s>") == Ids{3, 3, 2});
}

TEST_CASE("sentencepiece: a model that is none is refused with its file and field") {
  const std::string good = kStart + piece("a", -1) + trainer(2);
  CHECK(refusal(good).empty());
  CHECK_THAT(refusal("\x0a\x05"), Contains("tokenizer.model: model"));
  CHECK_THAT(refusal("\x0a\x01\x0f"), Contains("tokenizer.model: pieces"));
  CHECK_THAT(refusal(good + "\x12\x01\xff"), Contains("tokenizer.model: trainer_spec"));
  CHECK_THAT(refusal(good + "\x1a\x02\x12\x7f"), Contains("tokenizer.model: normalizer_spec"));
  CHECK_THAT(refusal(trainer(2)), Contains("tokenizer.model: pieces"));
  CHECK_THAT(refusal(piece("a") + trainer(2)), Contains("no unknown piece"));
  CHECK_THAT(refusal(good + piece("b", 0, 2)), Contains("tokenizer.model: pieces[4].type"));
  CHECK_THAT(refusal(good + piece("a")), Contains("tokenizer.model: pieces[4].piece"));
  CHECK_THAT(refusal(good + piece("<s>")), Contains("tokenizer.model: pieces[4].piece"));
  CHECK_THAT(refusal(good + piece("")), Contains("tokenizer.model: pieces[4].piece"));
  CHECK_THAT(refusal(good + piece("\xff")), Contains("tokenizer.model: pieces[4].piece"));
  CHECK_THAT(refusal(good + piece(std::string(1025, 'x'))),
             Contains("tokenizer.model: pieces[4].piece"));
  CHECK_THAT(refusal(good + piece("<0x41>", 0, 6)), Contains("tokenizer.model: pieces[4].piece"));
  CHECK_THAT(refusal(good + trainer(2, number_field(35, 1))), Contains("256 bytes"));
  CHECK_THAT(refusal(good + trainer(1) + piece("b", INFINITY)),
             Contains("tokenizer.model: pieces[4].score"));
  CHECK_THAT(refusal(good + trainer(2, text_field(44, "\xff"))),
             Contains("tokenizer.model: trainer_spec.unk_surface"));
  CHECK_THAT(refusal(good + text_field(3, text_field(2, "abc"))),
             Contains("tokenizer.model: normalizer_spec.precompiled_charsmap"));
  CHECK_THAT(refusal(good + text_field(5, text_field(2, "abc"))),
             Contains("tokenizer.model: denormalizer_spec.precompiled_charsmap"));
  // What is in none of the known fields, or of another type there, is passed over.
  CHECK(refusal(good + text_field(9, "abc") + text_field(2, text_field(3, "abc"))).empty());
}

TEST_CASE("sentencepiece: no text takes long") {
  using Clock = std::chrono::steady_clock;
  std::string longest = kStart + trainer(1) + kAsItIs, pairs = kStart + trainer(2) + kAsItIs;
  for (int size = 1; size <= 64; ++size) {
    longest += piece(std::string(size, 'a'), -static_cast<float>(size) - 1);
    pairs += piece(std::string(size, 'a'), -static_cast<float>(size) - 1);
  }
  constexpr std::size_t kMillion = 1000000;
  std::string broken;
  for (std::size_t i = 0; i < kMillion; ++i) broken += static_cast<char>(0x80 + i * 7 % 128);
  for (const auto& model :
       {longest, pairs, llama(), text_of(fixture("sentencepiece") / "bpe_unused/tokenizer.model"),
        text_of(fixture("sentencepiece") / "unigram_ties/tokenizer.model")}) {
    const auto tokenizer = load(model);
    for (const std::string& text : {std::string(kMillion, 'a'), std::string(kMillion, ' '),
                                    std::string(kMillion, 0), broken}) {
      const auto start = Clock::now();
      const Ids ids = tokenizer->encode(text, true);
      CHECK(std::chrono::duration<double>(Clock::now() - start).count() < 20);  // takes .1 to .5
      CHECK(ids.size() <= 3 * kMillion + 1);
    }
  }
}
