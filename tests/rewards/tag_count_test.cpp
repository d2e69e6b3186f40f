#include "rewards/tag_count.h"

#include <catch2/catch.hpp>
#include <string>

using namespace hone::rewards;

namespace {

Score judge(std::string_view completion, std::string_view prompt = "1+1=") {
  return make_reward(TagCountConfig{})
      ->score({.prompt = prompt, .completion = completion, .answer = {}, .metadata = {}});
}

}  // namespace

TEST_CASE("a quarter for every tag that stands once") {
  CHECK(judge("<think>a</think><answer>b</answer>").value == 1.0);
  CHECK(judge("<think>a</think><answer>b</answer>").status == Status::kCorrect);
  CHECK(judge("<think>a</think> 7").value == 0.5);
  CHECK(judge("<think>a</think> 7").detail == "0 <answer>, 0 </answer>");
  CHECK(judge("a</think>").value == 0.25);
  CHECK(judge("").value == 0.0);
  CHECK(judge("<THINK> < think > </ think>").value == 0.0);
  // Open-r1 asks for line breaks around the tags; here they are neither asked for nor minded.
  CHECK(judge("<think>\na\n</think>\n<answer>\nb\n</answer>").value == 1.0);
}

TEST_CASE("tags that a template has written count too") {
  CHECK(judge("a</think><answer>b</answer>", "1+1=<think>\n").value == 1.0);
  CHECK(judge("<think>a</think><answer>b</answer>", "1+1=<think>").value == 0.75);
  CHECK(judge("a</think><answer>b</answer>", "use <think> tags: 1+1=").value == 0.75);
}

TEST_CASE("one more of a tag that was there once costs its quarter") {
  std::string text = "<think>a</think><answer>b</answer>";
  double before = judge(text).value;
  for (const char* tag : {"<think>", "</think>", "<answer>", "</answer>"}) {
    text += tag;
    const double now = judge(text).value;
    CHECK(now == before - 0.25);
    before = now;
  }
  for (int i = 0; i < 5; ++i) {
    text += "<think></think><answer></answer>";
    CHECK(judge(text).value == 0.0);
  }
}
