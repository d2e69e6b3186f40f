#include "rewards/think_format.h"

#include <catch2/catch.hpp>
#include <string>

using namespace hone::rewards;

namespace {

Score judge(std::string_view completion,
            std::string_view prompt = "1+1=", ThinkFormatConfig config = {}) {
  return make_reward(config)->score(
      {.prompt = prompt, .completion = completion, .answer = {}, .metadata = {}});
}

}  // namespace

TEST_CASE("reasoning and something after it") {
  for (const char* good : {"<think>a</think>7", " \n<think>a\n\nb</think>\n\nSo 7.\n",
                           "<think></think>7", "<think>a</think><answer>7</answer>"}) {
    INFO(good);
    CHECK(judge(good).value == 1.0);
    CHECK(judge(good).status == Status::kCorrect);
  }
  for (const char* bad :
       {"", "7", "<think>a", "a</think>7", "So <think>a</think>7", "<think>a</think>",
        "<think>a</think> \n", "<think>a</think>7</think>", "<think>a<think>b</think>7",
        "<think>a</think>7<think>b</think>8", "<Think>a</Think>7", "</think><think>7"}) {
    INFO(bad);
    CHECK(judge(bad).value == 0.0);
    CHECK(judge(bad).status == Status::kMalformed);
    CHECK_FALSE(judge(bad).detail.empty());
  }
}

TEST_CASE("a template may have opened the reasoning") {
  CHECK(judge("a</think>7", "1+1=<think>\n").value == 1.0);
  CHECK(judge("a</think>7", "write <think> first. 1+1=").value == 0.0);
  CHECK(judge("<think>a</think>7", "1+1=<think>").value == 0.0);  // opened twice
}

TEST_CASE("longer reasoning is never worse than shorter") {
  const ThinkFormatConfig config{.min_think_chars = 5};
  double before = 0;
  std::string thought;
  for (int i = 0; i < 10; ++i, thought += 'a') {
    const double value = judge("<think> " + thought + " </think>7", "", config).value;
    CHECK(value >= before);
    CHECK(value == (i >= 5 ? 1.0 : 0.0));
    before = value;
  }
}
