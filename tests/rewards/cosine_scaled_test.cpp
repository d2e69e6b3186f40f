#include "rewards/cosine_scaled.h"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace hone::rewards;

namespace {

Score judge(std::string_view completion, int tokens, CosineScaledConfig config = {},
            std::string_view answer = "2") {
  return make_reward(config)->score({.prompt = "1+1=",
                                     .completion = completion,
                                     .answer = answer,
                                     .metadata = {},
                                     .completion_tokens = tokens});
}

constexpr const char* kRight = "<answer>2</answer>";
constexpr const char* kWrong = "<answer>3</answer>";

}  // namespace

TEST_CASE("a cosine over the length, worked by hand") {
  const CosineScaledConfig config{.max_len = 100};
  CHECK(judge(kRight, 50, config).value == Approx(0.75));
  CHECK(judge(kWrong, 50, config).value == Approx(-0.75));
  CHECK(judge(kRight, 100, config).value == Approx(0.5));
  CHECK(judge(kWrong, 100, config).value == Approx(-0.5));
  CHECK(judge("no answer", 50, config).value == Approx(-0.75));
  CHECK(judge("no answer", 50, config).status == Status::kMalformed);
  CHECK(judge(kRight, 50, config).status == Status::kCorrect);
  CHECK(judge(kWrong, 50, config).status == Status::kWrong);
  CHECK(judge(kWrong, 50, config).detail == "50 tokens, found \"3\", expected \"2\"");
}

TEST_CASE("right and shorter is better, wrong and longer is less bad, and nothing turns round") {
  const CosineScaledConfig config{.max_len = 100};
  double right = 1.0, wrong = -1.0;
  for (int tokens = 1; tokens < 400; ++tokens) {
    const double now_right = judge(kRight, tokens, config).value;
    const double now_wrong = judge(kWrong, tokens, config).value;
    REQUIRE((now_right <= right && now_right >= 0.5));
    REQUIRE((now_wrong >= wrong && now_wrong <= -0.5));
    right = now_right;
    wrong = now_wrong;
  }
  CHECK(right == 0.5);
  CHECK(wrong == -0.5);
}

TEST_CASE("another verifier, and none that can tell") {
  CosineScaledConfig task{.max_len = 10, .verifier = "task:parity"};
  CHECK(judge("1", 10, task, "1").value == 0.5);
  task.verifier = "task";
  CHECK(judge("1", 10, task, "1").status == Status::kAbstain);
  CHECK(judge(kRight, 10, {}, "").status == Status::kAbstain);
  CHECK(judge(kRight, 10, {}, "").value == 0.0);
  CHECK(judge(kRight, 0).status == Status::kAbstain);
}

TEST_CASE("bounds in the wrong order are refused") {
  CHECK_THROWS_AS(make_reward(CosineScaledConfig{.min_value_wrong = 0, .max_value_wrong = -1}),
                  std::invalid_argument);
  CHECK_THROWS_AS(make_reward(CosineScaledConfig{.min_value_correct = 2}), std::invalid_argument);
  CHECK_THROWS_AS(make_reward(CosineScaledConfig{.verifier = "accuracy"}), std::invalid_argument);
}
