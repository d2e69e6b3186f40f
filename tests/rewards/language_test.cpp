#include "rewards/language.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "rewards/rewards.h"
#include "rewards/tasks/random.h"

using namespace hone::rewards;

namespace {

// Two characters of Han, a word of Cyrillic, one of Devanagari with vowel signs, one of Hangul.
const std::string kHan = "\xE4\xBD\xA0\xE5\xA5\xBD";
const std::string kCyrillic = "\xD0\xB4\xD0\xB0";
const std::string kHindi =
    "\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8\xE0\xA5\x8D\xE0\xA4\xA6\xE0\xA5\x80";
const std::string kHangul = "\xED\x95\x9C\xEA\xB8\x80";

Score judge_all(const std::string& completion, const LanguageConfig& config,
                const std::string& metadata = "", const std::string& prompt = "") {
  return make_reward(config)->score(
      {.prompt = prompt, .completion = completion, .answer = {}, .metadata = metadata});
}

/// The score of a text as the reasoning.
Score judge(const std::string& think, const std::string& target, bool count_digits = false) {
  return judge_all("<think>" + think + "</think><answer>x</answer>",
                   {.target = target, .count_digits = count_digits});
}

}  // namespace

TEST_CASE("the share of words in the target script") {
  CHECK(judge("all of it, really", "latin").value == 1.0);
  CHECK(judge("all of it, really", "latin").status == Status::kCorrect);
  CHECK(judge("one " + kHan + " two", "latin").value == 0.5);  // each Han character is a word
  CHECK(judge("one " + kHan + " two", "latin").status == Status::kWrong);
  CHECK(judge("one " + kHan + " two", "han").value == 0.5);
  CHECK(judge("one" + kHan + "two", "latin").value == 0.5);  // scripts end words, not only spaces
  CHECK(judge("x " + kCyrillic + " y z", "cyrillic").value == 0.25);
  CHECK(judge("a b c", "han").value == 0.0);
  CHECK(judge("a b c", "han").status == Status::kWrong);
  CHECK(judge("a \xF0\x9F\x98\x80 b + (c)", "latin").value == 1.0);  // no emoji is a word
  CHECK(judge("two words " + kHan, "latin").detail ==
        "2 of 4 words are Latin; the first other: Han at \"" + kHan + "\"");
}

TEST_CASE("words are runs of letters, whatever marks they carry") {
  CHECK(judge(kHindi + " a", "devanagari").value == 0.5);
  CHECK(judge(kHangul + " a", "hangul").value == 0.5);
  CHECK(judge("e\xCC\x81t\xC3\xA9 " + kCyrillic, "latin").value == 0.5);  // accents of both forms
  CHECK(judge("don't " + kCyrillic, "latin").value == Approx(2.0 / 3));   // don and t
  // Hiragana, then Katakana with a long-vowel mark, which several scripts share.
  CHECK(judge("\xE3\x81\xAE\xE3\x82\xAB\xE3\x83\xBC", "katakana").value == 0.5);
}

TEST_CASE("numbers belong to no language, unless digits are one") {
  CHECK(judge("3*7=1 so 1+4=5", "latin").value == 1.0);
  CHECK(judge("3*7=1 so 1+4=5", "latin", true).value == Approx(1.0 / 7));
  CHECK(judge("3*7=1;b+e=f", "digits", true).value == 0.5);
  CHECK(judge("12 345", "digits", true).detail == "2 of 2 words are digits");
  CHECK(judge("d*h=b;b+e=f", "latin", true).value == 1.0);
  CHECK(judge("a1b2", "latin", true).value == 0.5);
}

TEST_CASE("text without a word is in no wrong language") {
  for (const char* think : {"", " \n", "1+1=2", "\xF0\x9F\x98\x80"}) {
    const Score score = judge(think, "latin");
    CHECK(score.value == 1.0);
    CHECK(score.status == Status::kCorrect);
    CHECK(score.detail == "no word, so none of another language");
  }
}

TEST_CASE("only the reasoning counts, and it has to be there") {
  const LanguageConfig latin{.target = "latin"};
  CHECK(judge_all(kHan + "<think>yes</think>" + kHan, latin).value == 1.0);
  for (const char* text : {"", "yes", "<think>yes", "yes</think>", "</think>yes<think>"}) {
    CHECK(judge_all(text, latin).value == 0.0);
    CHECK(judge_all(text, latin).status == Status::kMalformed);
  }
  // A template may have opened it.
  CHECK(judge_all("yes</think>" + kHan, latin, "", "What?<think>\n").value == 1.0);
  // Closed early, and opened again: all of it is reasoning. Tags are no words.
  CHECK(judge_all("<think>yes</think><think>" + kHan + "</think>", latin).value == Approx(1.0 / 3));
  CHECK(judge_all("<think><think></think></think>", {.target = "han"}).value == 1.0);
}

TEST_CASE("the whole completion can count") {
  const LanguageConfig config{.target = "latin", .scope = LanguageScope::kCompletion};
  CHECK(judge_all("<think>yes</think><answer>" + kHan + "</answer>", config).value ==
        Approx(1.0 / 3));
  CHECK(judge_all("yes", config).value == 1.0);
  CHECK(judge_all("<think></think><answer>5</answer>", config).value == 1.0);
  CHECK(judge_all(" ", config).status == Status::kMalformed);
}

TEST_CASE("a problem can name the script") {
  const std::string completion = "<think>d*h=b</think>";
  const LanguageConfig config{.target = "", .count_digits = true};
  CHECK(judge_all(completion, config, R"({"script": "latin"})").value == 1.0);
  CHECK(judge_all(completion, config, R"({"script": "digits"})").value == 0.0);
  CHECK(judge_all(completion, config, R"({"script": "digits"})").status == Status::kWrong);
  for (const char* metadata :
       {"", "{}", "[]", "{", R"({"script": 3})", R"({"script": "elvish"})"}) {
    CHECK(judge_all(completion, config, metadata).status == Status::kAbstain);
    CHECK(judge_all(completion, config, metadata).value == 0.0);
  }
  // Digits that are not counted can be neither right nor wrong.
  CHECK(judge_all(completion, {}, R"({"script": "digits"})").status == Status::kAbstain);
  // The setting goes first.
  CHECK(judge_all(completion, {.target = "han"}, R"({"script": "latin"})").value == 0.0);
}

TEST_CASE("scripts have the names that Unicode gives them") {
  for (const char* name : {"latin", "Latin", "LATN"}) CHECK(judge("a", name).value == 1.0);
  for (const char* name :
       {"elvish", "common", "inherited", "unknown", "jpan", "zsym", "Digits", " "}) {
    CHECK_THROWS_AS(judge("a", name), std::invalid_argument);
  }
  CHECK_THROWS_WITH(judge("a", "digits"), "target = \"digits\" needs count_digits = true");
  CHECK_THROWS_WITH(reward_by_name("language_consistency", {{"scope", "answer"}}),
                    "scope: expected one of think, completion, got \"answer\"");
  const auto by_name =
      reward_by_name("language_consistency",
                     {{"target", "latin"}, {"scope", "completion"}, {"count_digits", true}});
  CHECK(by_name->score({.prompt = {}, .completion = "1 a", .answer = {}, .metadata = {}}).value ==
        0.5);
}

TEST_CASE("broken UTF-8 is no word, and breaks nothing") {
  CHECK(judge("yes \xC3 \xFF\xFE \xE4\xBD", "latin").value == 1.0);
  CHECK(judge("a\x80"
              "b",
              "latin")
            .detail == "2 of 2 words are Latin");
  CHECK(judge("\xC0\xAF \xED\xA0\x80 \xF5\x80\x80\x80", "latin").value == 1.0);  // never valid
  const auto think = make_reward(LanguageConfig{.target = "han"});
  Random random{5};
  for (int i = 0; i < 20'000; ++i) {
    std::string text = "<think>";
    for (auto c = random.below(20); c > 0; --c) text += static_cast<char>(random.below(256));
    text += "</think>";
    const Score score =
        think->score({.prompt = {}, .completion = text, .answer = {}, .metadata = {}});
    REQUIRE((score.value >= 0.0 && score.value <= 1.0));
    REQUIRE((score.value == 1.0) == (score.status == Status::kCorrect));
    REQUIRE_NOTHROW(nlohmann::json(score.detail).dump());  // valid UTF-8
  }
}
