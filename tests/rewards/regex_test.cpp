#include "rewards/regex.h"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

#include "rewards/pattern.h"

using namespace hone::rewards;

namespace {

Score judge(const RegexConfig& config, std::string_view completion, std::string_view answer = "") {
  return make_reward(config)->score(
      {.prompt = "?", .completion = completion, .answer = answer, .metadata = {}});
}

}  // namespace

TEST_CASE("where a pattern is looked for") {
  CHECK(judge({.pattern = "[0-9]+ apples"}, "I have 12 apples.").value == 1.0);
  CHECK(judge({.pattern = "[0-9]+ apples"}, "I have 12 apples.").detail == "matches \"12 apples\"");
  CHECK(judge({.pattern = "[0-9]+ apples"}, "I have no apples.").status == Status::kWrong);
  const RegexConfig answer{.pattern = "[0-9]+", .scope = RegexScope::kAnswer, .whole = true};
  CHECK(judge(answer, "<answer> 12 </answer>").value == 1.0);
  CHECK(judge(answer, "<answer>12 apples</answer>").value == 0.0);
  CHECK(judge(answer, "12").status == Status::kMalformed);
  const RegexConfig think{.pattern = "(?i)wait", .scope = RegexScope::kThink};
  CHECK(judge(think, "<think>Wait!</think>7").value == 1.0);
  CHECK(judge(think, "<think>So.</think>Wait!").value == 0.0);
  CHECK(judge(think, "Wait!").status == Status::kMalformed);
  // Alternatives, from end to end.
  CHECK(judge({.pattern = "a|ab", .whole = true}, "ab").value == 1.0);
  CHECK(judge({.pattern = "a|b", .whole = true}, "ab").value == 0.0);
}

TEST_CASE("a problem may bring its own pattern") {
  CHECK(judge({}, "grey", "gr[ae]y").value == 1.0);
  CHECK(judge({}, "groy", "gr[ae]y").value == 0.0);
  CHECK(judge({}, "grey", "").status == Status::kAbstain);
  CHECK(judge({}, "grey", "gr[").status == Status::kAbstain);
  CHECK_THROWS_AS(make_reward(RegexConfig{.pattern = "gr["}), std::invalid_argument);
  CHECK_THROWS_AS(make_reward(RegexConfig{.pattern = std::string(70'000, 'a')}),
                  std::invalid_argument);
}

TEST_CASE("broken text is searched too, as far as it is text") {
  CHECK(judge({.pattern = "b+"}, "\xFF\xC3 bb \xE2").value == 1.0);
  CHECK(judge({.pattern = "\\x{4f60}"}, "\xE4\xBD\xA0").value == 1.0);
  CHECK(judge({.pattern = "."}, "\xFF").value == 0.0);
}

TEST_CASE("a search that would never end gives up") {
  const std::string many(200'000, 'a');
  for (const char* burner : {"(a+)+b", "(a|aa)+$b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$",
                             "(?:a?){40}a{40}b", "(x+x+)+y|a*a*a*a*a*a*a*b"}) {
    INFO(burner);
    const Score score = judge({.pattern = burner}, many);
    CHECK(score.value == 0.0);
    CHECK(score.status != Status::kCorrect);
  }
  CHECK(judge({.pattern = "^(a+)+$"}, std::string(5000, 'a') + "!").detail ==
        "the search took too many steps");
  // And memory is bounded: this one remembers every step.
  CHECK(judge({.pattern = "(?:(a)|b)*c"}, many).value == 0.0);
  CHECK(judge({.pattern = "a"}, std::string(Pattern::kLongest + 1, 'a')).status ==
        Status::kAbstain);
}
