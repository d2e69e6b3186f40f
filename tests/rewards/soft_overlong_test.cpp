#include "rewards/soft_overlong.h"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace hone::rewards;

namespace {

Score judge(int tokens, SoftOverlongConfig config) {
  return make_reward(config)->score({.prompt = {},
                                     .completion = "any text",
                                     .answer = {},
                                     .metadata = {},
                                     .completion_tokens = tokens});
}

}  // namespace

TEST_CASE("punishment by length, worked by hand") {
  const SoftOverlongConfig config{.max_completion_len = 100, .soft_punish_cache = 20};
  CHECK(judge(1, config).value == 0.0);
  CHECK(judge(80, config).value == 0.0);
  CHECK(judge(81, config).value == -0.05);
  CHECK(judge(90, config).value == -0.5);
  CHECK(judge(99, config).value == -0.95);
  CHECK(judge(100, config).value == -1.0);
  CHECK(judge(101, config).value == -1.0);
  CHECK(judge(1'000'000, config).value == -1.0);
  CHECK(judge(80, config).status == Status::kCorrect);
  CHECK(judge(81, config).status == Status::kWrong);
  CHECK(judge(81, config).detail == "81 tokens, 1 more than go unpunished");
  // The paper's own setting: 16384 tokens and 4096 more.
  CHECK(judge(16'384, {}).value == 0.0);
  CHECK(judge(16'384 + 1024, {}).value == -0.25);
  CHECK(judge(20'480, {}).value == -1.0);
}

TEST_CASE("a longer completion never has more") {
  for (const std::int64_t cache : {0, 1, 7, 50}) {
    const SoftOverlongConfig config{.max_completion_len = 50, .soft_punish_cache = cache};
    double before = 0;
    for (int tokens = 1; tokens < 120; ++tokens) {
      const double value = judge(tokens, config).value;
      REQUIRE(value <= before);
      REQUIRE(value >= -1.0);
      before = value;
    }
    CHECK(before == -1.0);
  }
  // Without a cache the punishment is a cliff.
  const SoftOverlongConfig cliff{.max_completion_len = 50, .soft_punish_cache = 0};
  CHECK(judge(50, cliff).value == 0.0);
  CHECK(judge(51, cliff).value == -1.0);
  // Where all of it is cache, every token counts.
  const SoftOverlongConfig slope{.max_completion_len = 50, .soft_punish_cache = 50};
  CHECK(judge(1, slope).value == -0.02);
}

TEST_CASE("an unknown length is not a short one") {
  CHECK(judge(0, {}).status == Status::kAbstain);
}

TEST_CASE("a cache that is longer than the completion is refused") {
  const SoftOverlongConfig config{.max_completion_len = 20, .soft_punish_cache = 21};
  CHECK_THROWS_AS(make_reward(config), std::invalid_argument);
  CHECK_NOTHROW(make_reward(SoftOverlongConfig{.max_completion_len = 20, .soft_punish_cache = 20}));
}
