#include "rewards/format.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace hone::rewards;

namespace {

Score judge(const std::string& completion, const std::string& prompt = "",
            FormatConfig config = {}) {
  return make_reward(config)->score(
      {.prompt = prompt, .completion = completion, .answer = {}, .metadata = {}});
}

}  // namespace

TEST_CASE("the required form") {
  const std::vector<std::string> good = {
      "<think>a</think><answer>b</answer>",
      "<think></think><answer>b</answer>",
      " <think>\na\n</think>\n\n<answer>\nb\n</answer>\n",
      "<think>1 < 2, a<b></think><answer><b></answer>",
  };
  for (const auto& text : good) {
    const Score score = judge(text);
    INFO(text << " | " << score.detail);
    CHECK(score.value == 1.0);
    CHECK(score.status == Status::kCorrect);
  }
  const std::vector<std::string> bad = {
      "",
      "a",
      "<answer>b</answer>",
      "<think>a</think>",
      "<think>a</think>b",
      "<think>a</think><answer>b",
      "<think>a<answer>b</answer></think>",
      "<think>a</think><answer></answer>",
      "<think>a</think><answer> \n</answer>",
      "<think>a</think><answer>b</answer>c",
      "<think>a</think><answer>b</answer>\n<",
      "<think>a</think>c<answer>b</answer>",
      "c<think>a</think><answer>b</answer>",
      "<answer>b</answer><think>a</think>",
      "<think>a</think><think>a</think><answer>b</answer>",
      "<think>a</think><answer>b</answer><answer>b</answer>",
      "<think>a</think><answer>b</answer></answer>",
      "<think>a</think><answer><answer>b</answer>",
      "<think><think>a</think></think><answer>b</answer>",
      "<think>a</think></think><answer>b</answer>",
      "<think>a<answer>x</answer></think><answer>b</answer>",
      "<think>a</think><answer>b<think></answer>",
      "<THINK>a</THINK><ANSWER>b</ANSWER>",
      "<think >a</think><answer>b</answer>",
      "a</think><answer>b</answer>",
  };
  for (const auto& text : bad) {
    const Score score = judge(text);
    INFO(text << " | " << score.detail);
    CHECK(score.value == 0.0);
    CHECK(score.status == Status::kMalformed);
    CHECK_FALSE(score.detail.empty());
  }
}

TEST_CASE("a template may open the reasoning in the prompt") {
  CHECK(judge("a</think><answer>b</answer>", "What?\nAssistant: <think>\n").value == 1.0);
  CHECK(judge("<think>a</think><answer>b</answer>", "What?<think>").value == 0.0);
  // Tags that the instructions talk about are not the model's.
  const std::string asks = "Use <think> </think> and <answer> </answer>. What?";
  CHECK(judge("<think>a</think><answer>b</answer>", asks).value == 1.0);
  CHECK(judge("a</think><answer>b</answer>", asks).value == 0.0);
}

TEST_CASE("a shortest reasoning can be asked for") {
  const FormatConfig config{.min_think_chars = 3};
  CHECK(judge("<think> ab </think><answer>b</answer>", "", config).value == 0.0);
  CHECK(judge("<think>abc</think><answer>b</answer>", "", config).value == 1.0);
  CHECK(judge("abc</think><answer>b</answer>", "<think>", config).value == 1.0);
}
