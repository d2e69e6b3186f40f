#include "recipes/controls.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/recipes/support.h"

using namespace hone::recipes;
namespace rl = hone::rl;
namespace rewards = hone::rewards;
using Catch::Contains;
using hone::recipes::test::error_of;
using hone::recipes::test::kSmall;
using hone::recipes::test::load;
using hone::recipes::test::replace;

namespace {

const std::string kAsked = R"(max_new_tokens = 32
controls = ["random", "shuffled", "format", "sft"])";

// The small recipe with all controls of its stage zero; they stand in line 26.
std::string with_controls() { return replace(kSmall, "max_new_tokens = 32", kAsked); }

template <class Config>
const Config& config_of(const Recipe& recipe, const std::string& name) {
  for (const Stage& stage : recipe.stages) {
    if (stage.name == name) return std::get<Config>(stage.config);
  }
  throw std::invalid_argument("no stage " + name);
}

std::vector<std::string> names_of(const Recipe& recipe) {
  std::vector<std::string> names;
  for (const Stage& stage : recipe.stages) names.push_back(stage.name);
  return names;
}

}  // namespace

TEST_CASE("controls become stages after the one that asks for them") {
  const Recipe recipe = load(with_controls());
  CHECK(names_of(recipe) == std::vector<std::string>{"base", "zero", "zero-random", "zero-shuffled",
                                                     "zero-format", "zero-sft", "student"});
  const auto& zero = config_of<rl::GrpoConfig>(recipe, "zero");
  CHECK(zero.controls.empty());
  CHECK(zero.preflight.enabled);
  CHECK_FALSE(zero.data.shuffled_answers);
  for (const char* name : {"zero-random", "zero-shuffled", "zero-format"}) {
    const auto& control = config_of<rl::GrpoConfig>(recipe, name);
    CHECK(control.from == "base");
    CHECK(control.steps == 2);
    CHECK(control.max_new_tokens == 32);
    CHECK(control.controls.empty());
    CHECK_FALSE(control.preflight.enabled);
    CHECK(control.data.shuffled_answers == (name == std::string("zero-shuffled")));
  }
  const auto& random = config_of<rl::GrpoConfig>(recipe, "zero-random").reward;
  REQUIRE(random.size() == 1);
  CHECK(std::holds_alternative<rewards::RandomConfig>(random[0].config));
  CHECK(random[0].weight == 1.0);
  const auto& shuffled = config_of<rl::GrpoConfig>(recipe, "zero-shuffled").reward;
  REQUIRE(shuffled.size() == 2);
  CHECK(std::holds_alternative<rewards::AnswerConfig>(shuffled[0].config));
  const auto& format = config_of<rl::GrpoConfig>(recipe, "zero-format").reward;
  REQUIRE(format.size() == 1);
  CHECK(std::holds_alternative<rewards::FormatConfig>(format[0].config));
  CHECK(format[0].weight == 1.0);
}

TEST_CASE("the format control judges the form as its stage does") {
  const Recipe recipe = load(with_controls(), {"zero.reward.1.min_think_chars=7"});
  const auto& reward = config_of<rl::GrpoConfig>(recipe, "zero-format").reward.at(0);
  CHECK(std::get<rewards::FormatConfig>(reward.config).min_think_chars == 7);
}

TEST_CASE("the sft control goes on with what its stage's start was taught") {
  const Recipe recipe =
      load(with_controls(), {"base.batch_size=48", "base.optimizer.learning_rate=0.004",
                             "base.optimizer.warmup_steps=3", "base.max_minutes=2"});
  const auto& sft = config_of<rl::SftConfig>(recipe, "zero-sft");
  CHECK(sft.from == "base");
  CHECK_FALSE(sft.init);
  CHECK(sft.minutes_of == "zero");
  CHECK(sft.max_minutes == 0);
  CHECK(sft.steps == 1000000);
  CHECK(sft.batch_size == 48);
  CHECK(sft.data.long_share == 0.5);
  CHECK(std::get<rewards::LastdigitConfig>(sft.data.task.value()).max_operations == 6);
  CHECK(sft.optimizer.learning_rate == 0.004);
  CHECK(sft.optimizer.warmup_steps == 3);
  CHECK(sft.optimizer.decay == rl::Decay::kCosine);
  CHECK(sft.skip_examples == config_of<rl::SftConfig>(recipe, "base").steps * 48);
}

TEST_CASE("controls change nothing of the other stages, nor of each other") {
  const Recipe without = load(kSmall);
  const Recipe with = load(with_controls());
  for (const std::string& line : diff_recipes(without, with))
    CHECK_THAT(line, Catch::StartsWith("zero-"));
  const auto streams = [](const Recipe& recipe) {
    std::vector<std::uint64_t> numbers;
    for (std::size_t i = 0; i < recipe.stages.size(); ++i) {
      numbers.push_back(stage_stream(recipe, i));
    }
    return numbers;
  };
  CHECK(streams(without) == std::vector<std::uint64_t>{0, 1, 2});
  CHECK(streams(with) == std::vector<std::uint64_t>{0, 1, 65537, 131073, 196609, 262145, 2});
  const Recipe one = load(kSmall, {R"(zero.controls=["sft"])"});
  CHECK(streams(one) == std::vector<std::uint64_t>{0, 1, 262145, 2});
  for (const std::string& line : diff_recipes(one, with)) {
    CHECK_THAT(line, Catch::StartsWith("zero-"));
    CHECK_THAT(line, !Catch::StartsWith("zero-sft"));
  }
}

TEST_CASE("a stage keeps its results where its stream is named") {
  const Recipe recipe = load(kSmall, {"base.stream=7"});
  CHECK(stage_stream(recipe, 0) == 7);
  CHECK(stage_stream(recipe, 1) == 0);
  CHECK(diff_recipes(load(kSmall), recipe) ==
        std::vector<std::string>{"base: stage 1 -> nothing", "zero: stage 2 -> stage 1",
                                 "student: stage 3 -> stage 2", "base.stream: nothing -> 7"});
}

TEST_CASE("what is dumped has the stages, and is not expanded again") {
  const Recipe recipe = load(with_controls(), {"zero-random.steps=5"});
  const std::string dump = dump_recipe(recipe);
  CHECK_THAT(dump, Contains("name = \"zero-sft\"\nstream = 262145\n"));
  CHECK_THAT(dump, Contains("controls = []"));
  CHECK_THAT(dump, !Contains("controls = [\""));
  const Recipe again = load(dump);
  CHECK(names_of(again) == names_of(recipe));
  CHECK(dump_recipe(again) == dump);
  CHECK(diff_recipes(recipe, again).empty());
}

TEST_CASE("settings of a stage reach its controls, and a control's own go before them") {
  const Recipe recipe =
      load(with_controls(), {"zero-random.steps=5", "zero.steps=7", "zero.group_size=4",
                             "zero-sft.optimizer.learning_rate=0.25"});
  CHECK(config_of<rl::GrpoConfig>(recipe, "zero").steps == 7);
  CHECK(config_of<rl::GrpoConfig>(recipe, "zero-random").steps == 5);
  CHECK(config_of<rl::GrpoConfig>(recipe, "zero-random").group_size == 4);
  CHECK(config_of<rl::GrpoConfig>(recipe, "zero-format").steps == 7);
  CHECK(config_of<rl::SftConfig>(recipe, "zero-sft").optimizer.learning_rate == 0.25);
  CHECK(error_of(with_controls(), {"zero-randon.steps=5"}) ==
        "--set zero-randon.steps=5: zero-randon.steps: unknown stage or key; known here: name, "
        "seed, eval, base, zero, zero-random, zero-shuffled, zero-format, zero-sft, student; did "
        "you mean zero-random?");
  CHECK_THAT(error_of(with_controls(), {"zero-sft.steps=0"}),
             Catch::StartsWith("--set zero-sft.steps=0: zero-sft.steps: out of range"));
}

TEST_CASE("controls that cannot be are refused with their place") {
  const auto error = [](const std::string& words, const std::vector<std::string>& overrides = {}) {
    return error_of(
        replace(kSmall, "max_new_tokens = 32", "max_new_tokens = 32\ncontrols = [" + words + "]"),
        overrides);
  };
  CHECK(error(R"("shufled")") ==
        "my.toml:26:12: zero.controls: got \"shufled\", expected one of: random, shuffled, format, "
        "sft; did you mean shuffled?");
  CHECK(error(R"("sft", "random", "sft")") == "my.toml:26:12: zero.controls: \"sft\" stands twice");
  CHECK_THAT(error("1"), Contains("zero.controls: expected an array of strings"));
  CHECK(error_of(replace(with_controls(), "name = \"student\"", "name = \"zero-format\"")) ==
        "my.toml:26:12: zero.controls: \"format\" makes a stage \"zero-format\", and the recipe "
        "has one of that name; rename it, or leave the control out");
  CHECK_THAT(
      error_of(dump_recipe(load(with_controls())), {R"(zero.controls=["random"])"}),
      Catch::StartsWith("--set zero.controls=[\"random\"]: zero.controls: \"random\" makes a "
                        "stage \"zero-random\""));
  CHECK_THAT(error(R"("shuffled")", {"zero.replay=recorded"}),
             Contains("zero.controls: \"shuffled\" contradicts `replay`"));
  CHECK_THAT(error(R"("shuffled")", {"zero.data.shuffled_answers=true"}),
             Contains("zero.controls: \"shuffled\" would be the stage itself"));
  CHECK_THAT(error(R"("sft")", {"zero.from=bass"}),
             Contains("zero.controls: \"sft\" learns on from the data of the sft stage that zero "
                      "starts from, but zero.from is \"bass\"; sft stages before it: base; did you "
                      "mean base?. Leave it out"));
  CHECK_THAT(error_of(replace(with_controls(), "name = \"student\"", "")),
             Contains("stage 3.name: missing"));
}

TEST_CASE("a control that starts from other than supervised learning has no sft") {
  const std::string more = kSmall + R"(
[[stage]]
name = "more"
type = "grpo"
from = "zero"
max_new_tokens = 32
data.task = {type = "lastdigit", prompts = "codes"}
reward = [{type = "answer"}]
controls = ["random", "sft"]
)";
  CHECK_THAT(error_of(more), Contains("more.controls: \"sft\" learns on from the data of the sft "
                                      "stage that more starts from, but more.from is \"zero\""));
  const Recipe recipe = load(more, {R"(more.controls=["random"])"});
  CHECK(config_of<rl::GrpoConfig>(recipe, "more-random").from == "zero");
  CHECK(stage_stream(recipe, 4) == 65539);
}

TEST_CASE("the settings that controls are made of are checked like all others") {
  CHECK_THAT(error_of(kSmall, {"eval.data.shuffled_answers=true"}),
             Contains("eval.data.shuffled_answers: is about training"));
  CHECK_THAT(error_of(kSmall, {"zero.held_out.data.task.type=lastdigit",
                               "zero.held_out.data.shuffled_answers=true"}),
             Contains("zero.held_out.data.shuffled_answers: is about training"));
  CHECK_THAT(error_of(kSmall, {"zero.replay=recorded", "zero.data.shuffled_answers=true"}),
             Contains("zero.data.shuffled_answers: contradicts `replay`"));
  CHECK_THAT(error_of(with_controls(), {"zero-sft.max_minutes=1"}),
             Contains("zero-sft.minutes_of: contradicts `max_minutes`"));
  CHECK_THAT(error_of(with_controls(), {"zero-sft.minutes_of=zer"}),
             Contains("zero-sft.minutes_of: \"zer\" is no earlier stage; stages: base, zero, "
                      "zero-random, zero-shuffled, zero-format; did you mean zero?"));
  CHECK_THAT(error_of(with_controls(), {"zero-sft.minutes_of=student"}),
             Contains("zero-sft.minutes_of: stage \"student\" comes later"));
}
