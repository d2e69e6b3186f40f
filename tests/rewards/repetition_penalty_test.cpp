#include "rewards/repetition_penalty.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "rewards/rewards.h"
#include "rewards/tasks/random.h"

using namespace hone::rewards;

namespace {

Sample sample_of(std::string_view completion) {
  return {.prompt = {}, .completion = completion, .answer = {}, .metadata = {}};
}

Score judge(const std::string& completion, RepetitionConfig config = {}) {
  return make_reward(config)->score(sample_of(completion));
}

}  // namespace

TEST_CASE("repetition, worked by hand") {
  // Four words, three pairs: "a b", "b a", "a b". Two are distinct.
  CHECK(judge("a b a b", {.ngram_size = 2}).value == Approx(-1.0 / 3));
  CHECK(judge("a b a b", {.ngram_size = 2}).status == Status::kWrong);
  CHECK(judge("a b a b", {.ngram_size = 2}).detail == "2 of 3 2-grams are distinct");
  CHECK(judge("a b a b", {.ngram_size = 1}).value == -0.5);
  CHECK(judge("a b a b", {.ngram_size = 1, .max_penalty = -3}).value == -1.5);
  CHECK(judge("a b c d").value == 0.0);
  CHECK(judge("a b c d").status == Status::kCorrect);
  // Six words, four triples, of which one is distinct.
  CHECK(judge("la la la la la la").value == -0.75);
  CHECK(judge("La la LA \t\n la\xC2\xA0la lA").value == -0.75);        // case and kind of space
  CHECK(judge("\xC3\x84 \xC3\xA4", {.ngram_size = 1}).value == -0.5);  // A umlaut, in both cases
  CHECK(judge("a b a b", {.ngram_size = 1, .max_penalty = 0}).value == 0.0);
}

TEST_CASE("characters are counted where words have no spaces between") {
  const auto config = [](std::int64_t n) {
    return RepetitionConfig{.ngram_size = n, .unit = RepetitionUnit::kCharacters};
  };
  CHECK(judge("abab", config(2)).value == Approx(-1.0 / 3));
  CHECK(judge("abab", {.ngram_size = 2}).value == 0.0);  // one word
  // Twice the two Han characters of "hello": three pairs, two distinct. Bytes would be eleven.
  CHECK(judge("\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xBD\xA0\xE5\xA5\xBD", config(2)).value ==
        Approx(-1.0 / 3));
}

TEST_CASE("tokens are counted where they are known") {
  const std::vector<std::int32_t> ids = {7, 8, 7, 8, 7};  // four pairs, two distinct
  const auto reward =
      make_reward(RepetitionConfig{.ngram_size = 2, .unit = RepetitionUnit::kTokens});
  Sample sample = sample_of("a b c d e");
  CHECK(reward->score(sample).status == Status::kAbstain);
  sample.completion_ids = ids;
  CHECK(reward->score(sample).value == -0.5);
}

TEST_CASE("a text shorter than the n-gram has no penalty") {
  for (const char* text : {"", " ", "a", "a a"}) {
    CHECK(judge(text).value == 0.0);
    CHECK(judge(text).status == Status::kCorrect);
    CHECK(judge(text, {.ngram_size = 1 << 20, .unit = RepetitionUnit::kCharacters}).value == 0.0);
  }
  CHECK(judge("a a a").value == 0.0);  // one triple
}

TEST_CASE("the count of distinct n-grams is that of a set") {
  Random random{3};
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    const auto length = 1 + random.below(60);
    for (std::uint64_t c = 0; c < length; ++c) text += static_cast<char>('a' + random.below(2));
    const auto n = 1 + random.below(12);
    std::set<std::string> distinct;
    std::size_t all = 0;
    for (; all + n <= text.size(); ++all) distinct.insert(text.substr(all, n));
    const double expected =
        all == 0 ? 0 : static_cast<double>(distinct.size()) / static_cast<double>(all) - 1;
    INFO(text << " " << n);
    REQUIRE(judge(text,
                  {.ngram_size = static_cast<std::int64_t>(n), .unit = RepetitionUnit::kCharacters})
                .value == Approx(expected));
  }
}

TEST_CASE("settings of the repetition penalty") {
  const auto by_name = [](const nlohmann::json& config) {
    return reward_by_name("repetition_penalty", config);
  };
  const Sample sample{.prompt = {}, .completion = "aaa", .answer = {}, .metadata = {}};
  CHECK(by_name({{"unit", "characters"}, {"ngram_size", 1}})->score(sample).value ==
        Approx(-2.0 / 3));
  CHECK(by_name({{"unit", "words"}, {"ngram_size", 1}})->score(sample).value == 0.0);
  CHECK_THROWS_WITH(by_name({{"unit", "bytes"}}),
                    "unit: expected one of words, characters, tokens, got \"bytes\"");
  CHECK_THROWS_WITH(by_name({{"max_penalty", 0.5}}),
                    "max_penalty: expected a number from -1000000.0 to 0.0, got 0.5");
}

TEST_CASE("the share of word n-grams that stood before") {
  const auto words = [](std::string_view text, std::int64_t n) {
    return repeated_share(sample_of(text), RepetitionUnit::kWords, n);
  };
  CHECK(words("so it is seven", 1) == 0);
  CHECK(words("a b a b", 1) == 0.5);
  CHECK(words("a b a b", 2) == Approx(1.0 / 3));  // ab ba ab
  CHECK(words("  a b\n\na\tb ", 2) == Approx(1.0 / 3));
  CHECK(words("wait Wait wait wait wait", 2) == 0.75);
  CHECK(words("ab c abc", 1) == 0);  // words, not letters
}

TEST_CASE("the share of character n-grams that stood before") {
  const auto characters = [](std::string_view text, std::int64_t n) {
    return repeated_share(sample_of(text), RepetitionUnit::kCharacters, n);
  };
  CHECK(characters("abc", 1) == 0);
  CHECK(characters("aaaa", 1) == 0.75);
  CHECK(characters("1+1=2;1+1=2;", 6) == Approx(1.0 / 7));
  CHECK(characters("\xC3\xA9\xC3\xA9", 1) == 0.5);  // two letters of two bytes
  CHECK(characters("\xC3\xA9\xC3\xA8", 1) == 0);    // that share their first byte
  for (const RepetitionUnit unit : {RepetitionUnit::kWords, RepetitionUnit::kCharacters}) {
    CHECK(repeated_share(sample_of(""), unit, 1) == 0);
    CHECK(repeated_share(sample_of("a"), unit, 2) == 0);
    CHECK(repeated_share(sample_of("a"), unit, 0) == 0);
  }
}
