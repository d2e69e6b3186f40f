#include "rewards/reasoning_steps.h"

#include <catch2/catch.hpp>
#include <string>

using namespace hone::rewards;

namespace {

double judge(std::string_view completion, std::int64_t steps = 3) {
  return make_reward(ReasoningStepsConfig{.steps = steps})
      ->score({.prompt = {}, .completion = completion, .answer = {}, .metadata = {}})
      .value;
}

}  // namespace

TEST_CASE("steps are counted") {
  CHECK(judge("Step 1: add\nStep 12: add") == Approx(2.0 / 3));
  CHECK(judge("First, a. Second, b. Next, c. Finally, d.") == 1.0);
  CHECK(judge("First, a") == Approx(1.0 / 3));
  CHECK(judge("a\n- b\n* c") == Approx(2.0 / 3));
  CHECK(judge("- b") == 0.0);  // as in open-r1: a dash needs a line before it
  CHECK(judge("Step x: a, Step 1 : b, step 1: c, Steps 1: d, first, e, Then, f") == 0.0);
  CHECK(judge("3.5 and 4.5") == Approx(1.0 / 3));  // as in open-r1: 3. begins a line
  CHECK(judge("") == 0.0);
  // Open-r1 sees only the first of these.
  CHECK(judge("1. a\n2. b\n3. c") == 1.0);
  CHECK(judge("a 1. b 2. c 3. d") == 0.0);
}

TEST_CASE("one more step never pays less, and never more than 1") {
  std::string text;
  double before = 0;
  for (int i = 0; i < 30; ++i) {
    text += "\n" + std::to_string(i) + ". and so on";
    const double value = judge(text, 20);
    CHECK((value >= before && value <= 1.0));
    CHECK(value == Approx(std::min(1.0, (i + 1) / 20.0)));
    before = value;
  }
}
