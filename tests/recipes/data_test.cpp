#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "model/durable.h"
#include "recipes/pipeline.h"
#include "tests/recipes/support.h"
#include "tests/support/temp_folder.h"
#include "tests/support/text_of.h"

// Mixtures, rejection stages and recorded rollouts in recipes.

using namespace hone::recipes;
namespace fs = std::filesystem;
namespace rl = hone::rl;
using Catch::Contains;
using hone::RecipeError;
using hone::recipes::test::error_of;
using hone::recipes::test::kSmall;
using hone::recipes::test::load;
using hone::recipes::test::replace;

namespace {

// A mixture for reinforcement learning; its samples, learnt from together with a task.
const std::string kMixed = R"(seed = 3

[eval]
problems = 4
max_new_tokens = 32
[[eval.data.mix]]
task = {type = "lastdigit", prompts = "codes"}
[[eval.data.mix]]
weight = 2
task = {type = "parity", prompts = "codes"}

[[stage]]
name = "base"
type = "sft"
init = {hidden_size = 32}
[[stage.data.mix]]
weight = 0.75
task = {type = "lastdigit", prompts = "codes"}
long_share = 0.5
[[stage.data.mix]]
weight = 0.25
task = {type = "parity", prompts = "codes"}

[[stage]]
name = "draws"
type = "rejection"
from = "base"
max_new_tokens = 32
max_length = 20
[[stage.data.mix]]
task = {type = "lastdigit", prompts = "codes"}
[[stage.data.mix]]
task = {type = "parity", prompts = "codes"}
[[stage.reward]]
type = "answer"
[[stage.filters]]
type = "format"
min = 0.5

[[stage]]
name = "taught"
type = "sft"
from = "base"
[[stage.data.mix]]
weight = 4
rollouts = "draws"
min_reward = 1
[[stage.data.mix]]
task = {type = "lastdigit", prompts = "codes"}

[[stage]]
name = "student"
type = "distill"
from = "base"
traces = "draws"
)";

std::string error_with(const std::string& from, const std::string& to) {
  return error_of(replace(kMixed, from, to));
}

struct Folder : hone::tests::TempFolder {
  std::string put(const std::string& name, const std::string& text) const {
    std::ofstream(path() / name) << text;
    return (path() / name).string();
  }
};

}  // namespace

TEST_CASE("mixtures, filters and traces are read, and their dump loads as the same recipe") {
  const Recipe recipe = load(kMixed, {"taught.data.mix.0.weight=8"});
  const auto& base = std::get<rl::SftConfig>(recipe.stages[0].config);
  REQUIRE(base.data.mix.size() == 2);
  CHECK(base.data.mix[0].long_share == 0.5);
  CHECK(base.data.mix[1].weight == 0.25);
  CHECK(stage_type(recipe.stages[1]) == "rejection");
  const auto& draws = std::get<rl::RejectionConfig>(recipe.stages[1].config);
  CHECK(draws.draw.data.mix.size() == 2);
  REQUIRE(draws.select.filters.size() == 1);
  CHECK(draws.select.filters[0].min == 0.5);
  CHECK(std::holds_alternative<hone::rewards::FormatConfig>(draws.select.filters[0].config));
  const auto& taught = std::get<rl::SftConfig>(recipe.stages[2].config);
  CHECK(taught.data.mix[0].weight == 8);
  CHECK(taught.data.mix[0].min_reward == 1.0);
  CHECK(stage_inputs(recipe.stages[2]) == std::vector<std::string>{"base", "draws"});
  CHECK(stage_inputs(recipe.stages[3]) == std::vector<std::string>{"base", "draws"});

  const std::string dump = dump_recipe(recipe);
  CHECK(dump_recipe(load(dump)) == dump);
  CHECK(diff_recipes(load(kMixed), recipe) ==
        std::vector<std::string>{"taught.data.mix.0.weight: 4.0 -> 8.0"});
}

TEST_CASE("a mixture is refused with the place of what is wrong in it") {
  CHECK(error_of(kMixed, {"draws.data.task={type = \"parity\"}"}) ==
        "my.toml:30:1: draws.data.mix: contradicts `task`; make it a source of the mixture");
  CHECK_THAT(error_of(kMixed, {"base.data.path=x.jsonl"}),
             Contains("base.data.mix: contradicts `path`"));
  CHECK_THAT(error_of(kMixed, {"draws.data.mix=[{weight = 2}]"}),
             Contains("draws.data.mix.0: expected draws.data.mix.0.task or"));
  CHECK_THAT(error_of(kMixed, {"draws.data.mix.0.weight=0", "draws.data.mix.1.weight=0"}),
             Contains("draws.data.mix: no source has a weight above 0"));
  CHECK_THAT(error_of(kMixed, {"draws.data.mix.0.weight=-1"}), Contains("out of range"));
  CHECK_THAT(error_of(kMixed, {"base.data.mix.0.weight=10000"}),
             Contains("base.data.mix: the share of source 1 is too small"));
  CHECK_THAT(error_of(kMixed, {"draws.data.mix.1.wieght=1"}), Contains("did you mean weight?"));
  const Folder folder;
  const std::string bad = folder.put("bad.jsonl", "{\"prompt\": \"a\", \"answer\": \"b\"}\n{}\n");
  CHECK_THAT(error_of(kMixed, {"draws.data.mix=[{dataset = {path = \"" + bad + "\"}}]"}),
             Contains("bad.jsonl:2: expected a column \"prompt\""));
  CHECK_THAT(error_of(kMixed, {"base.data.mix=[{path = \"" + bad + "\"}]"}),
             Contains("bad.jsonl:1: expected a column \"completion\""));
  const std::string text(600, '7');
  const std::string wide =
      folder.put("wide.jsonl", "{\"prompt\": \"1\", \"answer\": \"1\"}\n" +
                                   ("{\"prompt\": \"" + text) + "\", \"answer\": \"7\"}\n");
  CHECK_THAT(error_of(kMixed, {"draws.data.mix=[{dataset = {path = \"" + wide + "\"}}]"}),
             Contains("wide.jsonl:2: expected a prompt of fewer tokens"));
}

TEST_CASE("a rejection stage is checked before anything starts") {
  CHECK_THAT(error_with("name = \"draws\"\ntype = \"rejection\"\nfrom = \"base\"",
                        "name = \"draws\"\ntype = \"rejection\""),
             Contains("draws.from: missing"));
  CHECK_THAT(error_of(kMixed, {"draws.reward=[]"}), Contains("draws.reward: expected"));
  CHECK_THAT(error_of(kMixed, {"draws.min_length=21"}),
             Contains("draws.max_length: less than min_length = 21"));
  CHECK_THAT(error_of(kMixed, {"draws.filters=[{type = \"format\"}, {type = \"format\"}]"}),
             Contains("draws.filters.1: two filters are called \"format\""));
  CHECK_THAT(error_of(kMixed, {"draws.max_new_tokens=512"}),
             Contains("draws.max_new_tokens: 512 new tokens and a prompt do not fit"));
  CHECK_THAT(error_of(kMixed, {"draws.max_repetition=2"}), Contains("out of range"));
}

TEST_CASE("prompts without answers are for rejection and distillation, and rewards of form") {
  const Folder folder;
  const std::string prompts =
      folder.put("prompts.jsonl", "{\"prompt\": \"12\"}\n{\"prompt\": \"7\"}\n");
  const std::string source = "{dataset = {path = \"" + prompts + "\", answers = false}}";
  const std::string mix = "draws.data.mix=[" + source + "]";
  const std::string form = "draws.reward=[{type = \"repetition_penalty\"}]";
  CHECK(error_of(kMixed, {mix, form}) == "no error");
  CHECK(error_of(kMixed, {mix, "draws.reward=[{type = \"regex\", pattern = \"a\"}]"}) ==
        "no error");
  CHECK_THAT(error_of(kMixed, {mix}),
             Contains("draws.reward.0: needs reference answers, and draws.data has prompts without "
                      "them (answers = false); choose a reward of form"));
  CHECK_THAT(error_of(kMixed, {mix, form, "draws.filters=[{type = \"exact\"}]"}),
             Contains("draws.filters.0: needs reference answers"));
  CHECK_THAT(error_of(kMixed, {mix, form, "draws.data.mix.0.dataset.answer_column=a"}),
             Contains("draws.data.mix.0.dataset.answer_column: contradicts `answers = false`"));
  CHECK_THAT(error_of(kMixed, {mix, form, "draws.data.mix.0.dataset.gold_type=latex"}),
             Contains("draws.data.mix.0.dataset.gold_type: contradicts `answers = false`"));
  CHECK_THAT(error_of(kMixed, {mix, form, "draws.data.mix.0.dataset.answers=true"}),
             Contains("prompts.jsonl:1: expected a column \"answer\""));
  CHECK_THAT(
      error_of(kMixed, {"eval.data.mix=[" + source + "]"}),
      Contains("eval.data.mix.0.dataset.answers: false is for rejection and distill stages"));
  const auto instead = [&](const std::string& task) {
    return error_of(replace(kSmall, task, "data = " + source));
  };
  CHECK_THAT(instead("data.task = {type = \"lastdigit\", max_operations = 5, prompts = \"codes\"}"),
             Contains("zero.data.dataset.answers: false is for rejection and distill stages"));
  CHECK_THAT(instead("data.task = {type = \"lastdigit\", prompts = \"codes\"}"),
             Contains("student.reward.0: needs reference answers"));
}

TEST_CASE("worked solutions are a source of supervised learning like the others") {
  const Folder folder;
  const std::string file = folder.put(
      "solved.jsonl", "{\"question\": \"1+2?\", \"answer\": \"1+2=<<1+2=3>>3\\n#### 3\"}\n");
  const std::string dataset = "{path = \"" + file + "\", preset = \"gsm8k\"}";
  const auto mixed = [&](const std::string& more) {
    return error_of(kMixed, {"base.data.mix=[{dataset = " + dataset + more + "}]"});
  };
  CHECK(mixed("") == "no error");
  CHECK(mixed(", long_share = 0.5, completion_template = \"{solution} = {answer}\"") == "no error");
  CHECK_THAT(mixed(", path = \"x.jsonl\""),
             Contains("base.data.mix.0.path: contradicts `dataset`"));
  CHECK_THAT(mixed(", task = {type = \"parity\"}"),
             Contains("base.data.mix.0.dataset: contradicts `task`"));
  CHECK_THAT(mixed(", completion_template = \"{answer}\""),
             Contains("base.data.mix.0.completion_template: expected {solution} in it"));
  CHECK_THAT(mixed(", long_share = 0.5, completion_template = \"{solution}\""),
             Contains("base.data.mix.0.completion_template: expected {answer} in it"));
  CHECK_THAT(
      error_of(kMixed, {"base.data.mix.1.completion_template=x"}),
      Contains("base.data.mix.1.completion_template: has no effect here; it goes with `dataset`"));
  CHECK_THAT(
      error_of(kMixed, {"base.data.mix=[{dataset = {path = \"" + file + "\", preset = \"gsm\"}}]"}),
      Contains("base.data.mix.0.dataset.preset: got \"gsm\""));
  CHECK_THAT(
      error_of(kMixed, {"base.data.mix=[{dataset = {path = \"" + file + "\", answers = false}}]"}),
      Contains("base.data.mix.0.dataset.answers: false leaves nothing to learn"));
  const std::string bare =
      folder.put("bare.jsonl", "{\"question\": \"1+2?\", \"answer\": \"3\"}\n");
  CHECK_THAT(error_of(kMixed, {"base.data.mix=[{dataset = {path = \"" + bare + "\"}}]"}),
             Contains("bare.jsonl:1: expected a worked solution"));
}

TEST_CASE("what makes no model is nothing to start from") {
  const std::string why =
      "stage \"draws\" draws samples and makes no model; learn from them with `rollouts` (sft) or "
      "`traces` (distill)";
  CHECK_THAT(error_of(kMixed, {"taught.from=draws"}), Contains("taught.from: " + why));
  CHECK_THAT(error_of(kMixed, {"student.traces=", "student.teacher=draws"}),
             Contains("student.teacher: " + why));
}

TEST_CASE("recorded rollouts are an earlier stage's, or lie in a file") {
  CHECK_THAT(error_of(kMixed, {"taught.data.mix.0.rollouts=student"}),
             Contains("taught.data.mix.0.rollouts: stage \"student\" comes later"));
  CHECK_THAT(error_of(kMixed, {"taught.data.mix.0.rollouts=base"}),
             Contains("stage \"base\" (sft) draws no samples to learn from"));
  CHECK_THAT(error_of(kMixed, {"student.traces=drawz"}),
             Contains("student.traces: \"drawz\" is neither a file or folder of rollouts nor an "
                      "earlier stage; stages: base, draws, taught; did you mean draws?"));
  CHECK_THAT(error_of(kMixed, {"taught.data.mix.1.min_reward=1"}),
             Contains("taught.data.mix.1.min_reward: has no effect here; it goes with `rollouts`"));
  for (const std::string key :
       {"long_share=0.5", "short_answers=right", "wrong_steps=0.1", "mixed_steps=0.1"}) {
    CHECK_THAT(error_of(kMixed, {"taught.data.mix.0." + key}),
               Contains("taught.data.mix.0." + key.substr(0, key.find('=')) +
                        ": has no effect here; it goes with `task`"));
  }
  CHECK_THAT(error_of(kMixed, {"taught.data.mix.0.task={type = \"parity\"}"}),
             Contains("taught.data.mix.0.rollouts: contradicts `task`"));
  CHECK_THAT(error_with("from = \"base\"\n[[stage.data.mix]]\nweight = 4",
                        "init = {hidden_size = 16}\n[[stage.data.mix]]\nweight = 4"),
             Contains("taught.init: a new model's tokenizer is trained on the data, but stage "
                      "\"draws\" has yet to draw them"));
  const Folder folder;
  const std::string bad = folder.put("rollouts.jsonl", "\n{}\n");
  CHECK_THAT(error_of(kMixed, {"student.traces=" + bad}), Contains("jsonl:2: not a rollout"));
  CHECK_THAT(error_of(kMixed, {"taught.data.mix.0.rollouts=" + folder.path().string()}),
             Contains("jsonl:2: not a rollout"));
}

TEST_CASE("distillation on traces asks no teacher") {
  CHECK_THAT(error_of(kMixed, {"student.teacher=base"}),
             Contains("student.teacher: contradicts `traces`"));
  CHECK_THAT(error_of(kMixed, {"student.data.task={type = \"parity\"}"}),
             Contains("student.data: contradicts `traces`"));
  CHECK_THAT(error_of(kMixed, {"student.reward=[{type = \"answer\"}]"}),
             Contains("student.reward: contradicts `traces`"));
  const std::string fresh = replace(kMixed, "from = \"base\"\ntraces = \"draws\"",
                                    "init = {hidden_size = 16}\ntraces = \"draws\"");
  CHECK_THAT(error_of(fresh), Contains("student.teacher: missing; a new student takes"));
  CHECK(error_of(fresh, {"student.teacher=base"}) == "no error");
}

TEST_CASE("a stage that draws samples is run, skipped and built on like any other") {
  const Folder folder;
  std::vector<std::string> calls;
  std::string rollouts;
  Actions actions;
  actions.train = [&](const Stage& stage, rl::StageContext& context) {
    calls.push_back("train " + stage.name);
    if (stage.name == "taught") rollouts = context.resolve_rollouts("draws").string();
    if (stage.name == "student") CHECK(context.resolve_rollouts("a/b.jsonl") == "a/b.jsonl");
    hone::model::write_folder(context.folder / stage_result(stage), [](const fs::path& result) {
      std::ofstream(result / "config.json") << "{}";
    });
    if (stage.name == "draws") std::ofstream(context.folder / "rejection.json") << "{}";
  };
  actions.evaluate = [&](const rl::EvalConfig&, const fs::path& model, std::uint64_t,
                         const rl::Observer&, const std::atomic<bool>*) {
    calls.push_back("eval " + model.parent_path().filename().string());
    return rl::EvalResult{};
  };
  actions.parameters = [](const fs::path&) { return std::int64_t{1}; };
  RunOptions options;
  options.folder = folder.path() / "run";
  const auto run = [&] {
    calls.clear();
    run_pipeline(load(kMixed), options, actions);
    return calls;
  };
  using Calls = std::vector<std::string>;
  CHECK(run() == Calls{"train base", "eval base", "train draws", "train taught", "eval taught",
                       "train student", "eval student"});
  CHECK(rollouts == (options.folder / "draws" / "samples").string());
  const auto summary = nlohmann::json::parse(hone::tests::text_of(options.folder / "summary.json"));
  REQUIRE(summary["stages"].size() == 4);
  CHECK(summary["stages"][1]["name"] == "draws");
  CHECK(summary["stages"][1]["type"] == "rejection");
  CHECK(summary["evals"].size() == 3);
  CHECK(run().empty());

  SECTION("damaged samples are drawn again") {
    std::ofstream(options.folder / "draws" / "samples" / "config.json") << "{ }";
    CHECK(run() == Calls{"train draws"});
  }
  SECTION("forgetting it forgets what learnt from it, and leaves nothing behind") {
    options.only_stage = "draws";
    options.fresh = true;
    CHECK(run() == Calls{"train draws"});
    CHECK_FALSE(fs::exists(options.folder / "taught"));
    CHECK_FALSE(fs::exists(options.folder / "student"));
    CHECK(fs::exists(options.folder / "base"));
    options.only_stage = "base";
    run();
    CHECK_FALSE(fs::exists(options.folder / "draws"));
  }
  SECTION("what learns from it waits for it") {
    fs::remove_all(options.folder / "draws");
    fs::remove_all(options.folder / "taught");
    options.only_stage = "taught";
    CHECK_THROWS_WITH(run(), Contains("draws/samples") && Contains("not finished"));
  }
}
