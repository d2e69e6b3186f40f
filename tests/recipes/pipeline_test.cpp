#include "recipes/pipeline.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "model/durable.h"
#include "recipes/run_folder.h"
#include "tests/recipes/support.h"
#include "tests/support/text_of.h"

using namespace hone::recipes;
namespace fs = std::filesystem;
using hone::tests::text_of;
namespace rl = hone::rl;
using hone::RecipeError;
using hone::recipes::test::kSmall;

namespace {

void write_file(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

// A run in a folder of its own, with stages that only write down that they ran.
struct Fixture {
  fs::path base = fs::temp_directory_path() / ("hone-pipeline-" + std::to_string(::getpid()));
  std::atomic<bool> stop{false};
  std::vector<std::string> calls;
  std::map<std::string, std::string> fail_in;  // stage: what happens to it
  std::vector<std::string> notes;
  std::map<std::string, std::uint64_t> streams;    // stage: what keys its randomness
  std::map<std::string, double> training_seconds;  // stage with minutes_of: the seconds it is given
  RunOptions options;
  Actions actions;

  Fixture() {
    fs::remove_all(base);
    fs::create_directories(base);
    options.folder = base / "run";
    options.stop = &stop;
    options.observer = [this](const std::string& stage) {
      rl::Observer observer;
      observer.note = [this, stage](const std::string& text) {
        notes.push_back(stage + ": " + text);
      };
      return observer;
    };
    actions.train = [this](const Stage& stage, rl::StageContext& context) {
      train(stage, context);
    };
    actions.evaluate = [this](const rl::EvalConfig& config, const fs::path& model, std::uint64_t,
                              const rl::Observer&, const std::atomic<bool>*) {
      const std::string name = model.parent_path().filename().string();
      calls.push_back("eval " + name);
      if (fail_in[name] == "eval") throw std::runtime_error("killed");
      rl::EvalResult result;
      result.problems = config.problems;
      result.samples = config.samples;
      result.pass_at_1 = 0.75;
      result.pass_at_k = {{1, 0.75}, {2, 0.9}};
      result.rewards = {{"language", 0.5}, {"never", std::nan("")}};
      result.source_pass_at_1 = {{"parity", 0.25}};
      return result;
    };
    actions.parameters = [](const fs::path&) { return std::int64_t{123}; };
  }
  ~Fixture() { fs::remove_all(base); }

  void train(const Stage& stage, rl::StageContext& context) {
    std::string from;
    for (const std::string& input : stage_inputs(stage)) from += " " + input;
    calls.push_back("train " + stage.name + from);
    streams[stage.name] = context.index;
    const auto* sft = std::get_if<rl::SftConfig>(&stage.config);
    if (sft != nullptr && !sft->minutes_of.empty()) {
      training_seconds[stage.name] = context.training_seconds(sft->minutes_of);
    }
    for (const std::string& input : stage_inputs(stage)) {
      REQUIRE(fs::is_regular_file(context.resolve(input) / "config.json"));
    }
    context.observer.step(1, 2, {});
    context.observer.note("half way");
    if (fail_in[stage.name] == "train") throw rl::Interrupted("interrupted");
    write_file(context.folder / "metrics.jsonl", "{}\n");
    if (fail_in[stage.name] == "no model") return;
    hone::model::write_folder(context.folder / "model", [](const fs::path& folder) {
      write_file(folder / "config.json", "{}");
    });
  }

  Recipe recipe(const std::vector<std::string>& overrides = {}) const {
    Places places;
    return parse_recipe(kSmall, "my.toml", overrides, places);
  }

  std::vector<std::string> run(const std::vector<std::string>& overrides = {}) {
    calls.clear();
    run_pipeline(recipe(overrides), options, actions);
    return calls;
  }

  std::string error_of(const std::vector<std::string>& overrides = {}) {
    try {
      run(overrides);
    } catch (const RecipeError& error) {
      return error.what();
    }
    return "no error";
  }

  nlohmann::json summary() const {
    return nlohmann::json::parse(text_of(options.folder / "summary.json"));
  }
};

const std::vector<std::string> kAll = {"train base", "eval base",          "train zero base",
                                       "eval zero",  "train student zero", "eval student"};

}  // namespace

TEST_CASE("stages run in order, each measured, and a summary says so") {
  Fixture f;
  CHECK(f.run() == kAll);
  const nlohmann::json summary = f.summary();
  CHECK(summary["name"] == "my");
  REQUIRE(summary["stages"].size() == 3);
  CHECK(summary["stages"][1]["name"] == "zero");
  CHECK(summary["stages"][1]["type"] == "grpo");
  CHECK(summary["stages"][1]["seconds"].is_number());
  REQUIRE(summary["evals"].size() == 3);
  CHECK(summary["evals"][2]["model"] == "student");
  CHECK(summary["evals"][2]["parameters"] == 123);
  CHECK(summary["evals"][2]["pass@1"] == 0.75);
  CHECK(summary["evals"][2]["pass@2"] == 0.9);
  CHECK(summary["evals"][2]["rewards/language"] == 0.5);
  CHECK(summary["evals"][2]["rewards/never"].is_null());
  CHECK(summary["evals"][2]["pass@1/parity"] == 0.25);
  Places places;
  const fs::path effective = f.options.folder / "zero" / "recipe.toml";
  CHECK(diff_recipes(parse_recipe(text_of(effective), effective, {}, places), f.recipe()).empty());
}

TEST_CASE("what is done is skipped") {
  Fixture f;
  f.run();
  const std::string summary = text_of(f.options.folder / "summary.json");
  CHECK(f.run().empty());
  CHECK(text_of(f.options.folder / "summary.json") == summary);
}

TEST_CASE("an interrupted stage goes on, and its seconds add up") {
  Fixture f;
  f.fail_in["zero"] = "train";
  CHECK_THROWS_AS(f.run(), rl::Interrupted);
  write_file(f.options.folder / "zero" / "seconds.json", R"({"train": 100.0, "eval": 0.0})");
  f.fail_in.clear();
  CHECK(f.run() == std::vector<std::string>(kAll.begin() + 2, kAll.end()));
  CHECK(f.summary()["stages"][1]["seconds"].get<double>() >= 100.0);
  CHECK(f.summary()["seconds"].get<double>() >= 100.0);
}

TEST_CASE("a run that died in an evaluation does not train again") {
  Fixture f;
  f.fail_in["zero"] = "eval";
  CHECK_THROWS(f.run());
  f.fail_in.clear();
  CHECK(f.run() == std::vector<std::string>(kAll.begin() + 3, kAll.end()));
}

TEST_CASE("a damaged model is made and measured again") {
  Fixture f;
  f.run();
  write_file(f.options.folder / "zero" / "model" / "config.json", "{ }");
  CHECK(f.run() == std::vector<std::string>{"train zero base", "eval zero"});
}

TEST_CASE("the stop flag ends a run between stages") {
  Fixture f;
  f.stop = true;
  CHECK_THROWS_AS(f.run(), rl::Interrupted);
  CHECK(f.calls == std::vector<std::string>{"train base"});
}

TEST_CASE("a stage that leaves no model is a bug, not a success") {
  Fixture f;
  f.fail_in["base"] = "no model";
  CHECK_THROWS_AS(f.run(), std::logic_error);
}

TEST_CASE("a run of another recipe is refused with the differences") {
  Fixture f;
  f.run();
  const std::string error = f.error_of({"zero.steps=7", "seed=4"});
  CHECK_THAT(error, Catch::Contains("made with another recipe"));
  CHECK_THAT(error, Catch::Contains("\n  seed: 3 -> 4\n  zero.steps: 2 -> 7"));
  CHECK(f.calls.empty());
}

TEST_CASE("what has not begun may change") {
  Fixture f;
  f.fail_in["zero"] = "train";
  CHECK_THROWS_AS(f.run(), rl::Interrupted);
  f.fail_in.clear();
  CHECK_THAT(f.error_of({"zero.steps=7"}), Catch::Contains("zero.steps"));
  CHECK(f.run({"student.steps=9"}).size() == 4);
  Recipe shorter = f.recipe({"student.steps=9"});
  shorter.stages.erase(shorter.stages.begin());
  CHECK_THROWS_AS(run_pipeline(shorter, f.options, f.actions), RecipeError);
}

TEST_CASE("fresh starts over, and leaves the user's own files") {
  Fixture f;
  f.run();
  write_file(f.options.folder / "zero" / "notes.txt", "mine");
  write_file(f.options.folder / "notes.txt", "mine");
  f.options.fresh = true;
  CHECK(f.run({"seed=4"}) == kAll);
  CHECK(text_of(f.options.folder / "zero" / "notes.txt") == "mine");
  CHECK(text_of(f.options.folder / "notes.txt") == "mine");
}

TEST_CASE("one stage runs alone, if what it needs is there") {
  Fixture f;
  f.options.only_stage = "zero";
  CHECK_THAT(f.error_of(), Catch::Contains("needs stage \"base\", which is not finished"));
  f.options.only_stage = "bas";
  CHECK_THAT(f.error_of(), Catch::Contains("did you mean base?"));
  f.options.only_stage = "base";
  CHECK(f.run() == std::vector<std::string>{"train base", "eval base"});
  f.options.only_stage = "zero";
  CHECK(f.run() == std::vector<std::string>{"train zero base", "eval zero"});
}

TEST_CASE("fresh with a stage forgets it and what builds on it") {
  Fixture f;
  f.run();
  f.options.only_stage = "zero";
  f.options.fresh = true;
  CHECK(f.run() == std::vector<std::string>{"train zero base", "eval zero"});
  CHECK(fs::exists(f.options.folder / "base" / "model"));
  CHECK_FALSE(fs::exists(f.options.folder / "student"));
}

TEST_CASE("a folder that is no run, or cannot be written, is refused") {
  Fixture f;
  fs::create_directories(f.options.folder);
  write_file(f.options.folder / "thesis.tex", "mine");
  CHECK_THAT(f.error_of(), Catch::Contains("holds other things"));
  f.options.fresh = true;
  CHECK_THAT(f.error_of(), Catch::Contains("holds other things"));
  CHECK(text_of(f.options.folder / "thesis.tex") == "mine");
  f.options.folder = f.options.folder / "thesis.tex";
  CHECK_THAT(f.error_of(), Catch::Contains("thesis.tex: expected a folder that can be written"));
  f.options.folder = f.options.folder / "below";
  CHECK_THAT(f.error_of(), Catch::Contains("below: expected a folder that can be written"));
  f.options.folder = "/proc/run";
  CHECK_THAT(f.error_of(), Catch::Contains("/proc/run: expected a folder that can be written"));
}

TEST_CASE("recorded rollouts in the run's own folder, which a run drops, are refused") {
  Fixture f;
  const fs::path run = f.options.folder;
  for (const fs::path& path :
       {run / "zero" / "rollouts", run / "x" / ".." / "zero" / "one.jsonl"}) {
    const std::string error = f.error_of({"zero.replay=" + path.string()});
    CHECK_THAT(error, Catch::Contains("zero.replay: lies in this run's own folder"));
    CHECK_FALSE(fs::exists(run));
  }
  CHECK(f.run({"zero.replay=" + (f.base / "run2" / "zero" / "rollouts").string()}) == kAll);
}

TEST_CASE("two processes do not write the same run") {
  Fixture f;
  const RunLock lock(f.options.folder);
  CHECK_THAT(f.error_of(), Catch::Contains("another hone is at work on this run (process " +
                                           std::to_string(::getpid()) + ")"));
}

TEST_CASE("without an evaluation a stage is finished with its model") {
  Fixture f;
  Recipe recipe = f.recipe();
  recipe.eval.reset();
  run_pipeline(recipe, f.options, f.actions);
  CHECK(f.calls.size() == 3);
  f.calls.clear();
  run_pipeline(recipe, f.options, f.actions);
  CHECK(f.calls.empty());
  CHECK(f.summary()["evals"].empty());
}

TEST_CASE("controls run beside their stage, and the streams of the others stay") {
  Fixture f;
  f.run();
  CHECK(f.streams ==
        std::map<std::string, std::uint64_t>{{"base", 0}, {"zero", 1}, {"student", 2}});

  // Those of a finished run may still be added; nothing else is trained again.
  CHECK(f.run({R"(zero.controls=["random", "sft"])"}) ==
        std::vector<std::string>{"train zero-random base", "eval zero-random",
                                 "train zero-sft base zero", "eval zero-sft"});
  CHECK(f.streams["zero-random"] == 65537);
  CHECK(f.streams["zero-sft"] == 262145);
  CHECK(f.summary()["stages"].size() == 5);
  CHECK(f.summary()["evals"][2]["model"] == "zero-random");
  CHECK(f.summary()["evals"][4]["model"] == "student");

  f.options.fresh = true;
  CHECK(f.run({R"(zero.controls=["random"])"}).size() == 8);
  CHECK(f.streams["base"] == 0);
  CHECK(f.streams["zero"] == 1);
  CHECK(f.streams["student"] == 2);
}

TEST_CASE("a stage that goes by the time of another is given its seconds, and needs them") {
  Fixture f;
  const std::vector<std::string> sft = {R"(zero.controls=["sft"])"};
  f.run();
  write_file(f.options.folder / "zero" / "seconds.json", R"({"train": 12.5, "eval": 3.0})");
  f.run(sft);
  CHECK(f.training_seconds["zero-sft"] == 12.5);

  // It builds on that stage: a new zero means a new control.
  f.options.only_stage = "zero";
  f.options.fresh = true;
  f.run(sft);
  CHECK_FALSE(fs::exists(f.options.folder / "zero-sft"));
  f.options.only_stage = "zero-sft";
  f.options.fresh = false;
  fs::remove(f.options.folder / "zero" / "seconds.json");
  CHECK_THAT(f.error_of(sft), Catch::Contains("expected the time that stage \"zero\" trained"));
}
