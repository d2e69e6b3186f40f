#include "rl/best.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <stdexcept>

#include "model/durable.h"
#include "model/error.h"
#include "tests/support/text_of.h"
#include "tests/support/tiny_stages.h"

namespace {

using namespace hone;
using namespace hone::tests;

/// Six steps with a look before every second one and after the last, and a rate that helps first
/// and then spoils.
rl::GrpoConfig spoilt_config() {
  rl::GrpoConfig config = grpo_config();
  config.steps = 6;
  config.checkpoint_every = 4;
  config.updates_per_rollout = 1;
  config.loss.kl_coef = 0;
  config.optimizer.learning_rate = 3e-3;
  config.preflight.enabled = false;
  config.held_out.every = 2;
  config.held_out.problems = 32;
  config.held_out.keep_best = true;
  return config;
}

std::string weights_of(const Run& run, const std::string& stage) {
  const std::string bytes = text_of(run.stage(stage, 1).folder / "model" / "model.safetensors");
  REQUIRE_FALSE(bytes.empty());
  return bytes;
}

/// The stage's metrics without what a clock says.
std::vector<nlohmann::json> figures(const Run& run, const std::string& stage) {
  std::vector<nlohmann::json> lines;
  for (const nlohmann::json& line : run.metrics(stage)) {
    nlohmann::json& kept = lines.emplace_back();
    for (const auto& [name, value] : line.items()) {
      if (!name.starts_with("time/") && !name.starts_with("perf/")) kept[name] = value;
    }
  }
  return lines;
}

/// The steps done at the first of the highest looks.
std::int64_t best_step(const std::vector<nlohmann::json>& lines) {
  double best = -1;
  std::int64_t step = -1;
  for (const nlohmann::json& line : lines) {
    if (!line.contains("eval/pass@1") || line.at("eval/pass@1") <= best) continue;
    best = line.at("eval/pass@1");
    step = line.at("step").get<std::int64_t>() - 1;
  }
  return step;
}

}  // namespace

TEST_CASE("the best look is the highest, of equal ones the first") {
  rl::BestLook best;
  CHECK_FALSE(best.any());
  CHECK(rl::take_look(best, 0.0, 0));
  CHECK(best.any());
  CHECK(rl::take_look(best, 0.5, 10));
  CHECK_FALSE(rl::take_look(best, 0.5, 20));
  CHECK_FALSE(rl::take_look(best, 0.25, 30));
  CHECK(best.pass_at_1 == 0.5);
  CHECK(best.step == 10);
  CHECK(best.since == 2);
  best.reward = 0.4;
  CHECK(
      rl::ending_note(best, 0.25, 30, 0.75) ==
      "held-out accuracy falls while the reward rises: stopped after step 30: pass@1 was 0.500 "
      "after step 10 and is 0.250 now, 2 looks later; the reward was 0.400 then and is 0.750 now");
  // Neither without a fall, nor without a rise.
  CHECK_THAT(rl::ending_note(best, 0.5, 30, 0.75), Catch::StartsWith("no better on held-out"));
  CHECK_THAT(rl::ending_note(best, 0.25, 30, 0.4), Catch::StartsWith("no better on held-out"));
  CHECK_THAT(rl::ending_note(best, 0.25, 30, std::nan("")), Catch::StartsWith("no better"));
  CHECK(rl::take_look(best, 0.75, 40));
  CHECK(best.since == 0);
}

TEST_CASE("a stage keeps the best weights, however often it is broken off") {
  const Run run;
  train_base(run);
  const rl::GrpoConfig config = spoilt_config();
  rl::StageContext whole = run.stage("whole", 1);
  rl::run_grpo(config, whole);
  const auto lines = figures(run, "whole");
  REQUIRE(lines.size() == 7);
  CHECK(lines.back().at("step") == 7);
  CHECK(lines.back().size() == 5);  // step, pass@1, pass@2, format, mean_length
  const std::int64_t best = best_step(lines);
  REQUIRE(best > 0);
  REQUIRE(best < 6);
  CHECK_FALSE(fs::exists(whole.folder / "checkpoints"));

  // The model is what a stage of so many steps leaves.
  rl::GrpoConfig shorter = config;
  shorter.steps = best;
  shorter.held_out.keep_best = false;
  rl::StageContext short_stage = run.stage("shorter", 1);
  rl::run_grpo(shorter, short_stage);
  CHECK(run.metrics("shorter").size() == static_cast<std::size_t>(best));
  const std::string expected = weights_of(run, "shorter");
  CHECK((weights_of(run, "whole") == expected));

  SECTION("stopped after every step") {
    std::atomic<bool> stop = false;
    rl::StageContext stage = run.stage("stopped", 1);
    stage.stop = &stop;
    stage.observer.step = [&](std::int64_t, std::int64_t, const rl::Metrics&) { stop = true; };
    int times = 0;
    for (; !model::is_complete(stage.folder / "model"); ++times) {
      REQUIRE(times < 8);
      stop = false;
      try {
        rl::run_grpo(config, stage);
      } catch (const rl::Interrupted&) {
      }
    }
    CHECK(times == 7);
    CHECK((weights_of(run, "stopped") == expected));
    CHECK((figures(run, "stopped") == lines));
  }
  SECTION("killed after a look that is not in the checkpoint yet") {
    for (const std::int64_t at : {3, 5, 6}) {
      const std::string name = "killed" + std::to_string(at);
      rl::StageContext stage = run.stage(name, 1);
      stage.observer.step = [&](std::int64_t done, std::int64_t, const rl::Metrics&) {
        if (done == at) throw std::runtime_error("killed");
      };
      CHECK_THROWS_AS(rl::run_grpo(config, stage), std::runtime_error);
      CHECK(fs::exists(stage.folder / "checkpoints" / "best"));
      stage.observer.step = [](std::int64_t, std::int64_t, const rl::Metrics&) {};
      rl::run_grpo(config, stage);
      CHECK((weights_of(run, name) == expected));
      CHECK((figures(run, name) == lines));
      CHECK_FALSE(fs::exists(stage.folder / "checkpoints"));
    }
  }
}

TEST_CASE("a stage that gets no better ends, and says so") {
  const Run run;
  train_base(run);
  rl::GrpoConfig config = spoilt_config();
  config.optimizer.learning_rate = 0;
  config.held_out.every = 1;
  config.held_out.patience = 2;
  std::vector<std::string> notes;
  rl::StageContext stage = run.stage("patient", 1);
  stage.observer.note = [&](const std::string& text) { notes.push_back(text); };
  rl::run_grpo(config, stage);
  const auto lines = run.metrics("patient");
  REQUIRE(lines.size() == 3);  // two steps, and the look that ended it
  CHECK(lines[2].at("eval/pass@1") == lines[0].at("eval/pass@1"));
  CHECK_FALSE(lines[2].contains("loss"));
  REQUIRE(notes.size() == 2);
  CHECK_THAT(notes[0], Catch::StartsWith("no better on held-out problems: stopped after step 2: "));
  CHECK_THAT(notes[0], Catch::Contains("2 looks later"));
  CHECK(notes[1] == "the model is that after step 0, the best on held-out problems");
  CHECK((weights_of(run, "patient") == weights_of(run, "base")));
}

TEST_CASE("best weights that are not the ones asked for are refused") {
  const Run run;
  train_base(run);
  const rl::StageContext base = run.stage("base", 0);
  const rl::StageContext stage = run.stage("zero", 1);
  const rl::Policy policy = rl::load_policy(base.folder / "model");
  rl::save_best(stage.folder, policy, 4);
  CHECK_NOTHROW(rl::load_best(stage.folder, 4));
  CHECK_THROWS_WITH(rl::load_best(stage.folder, 2), Catch::Contains("after step 2"));
  rl::save_best(stage.folder, policy, 2);
  CHECK_NOTHROW(rl::load_best(stage.folder, 2));
  std::ofstream(stage.folder / "checkpoints/best/model.safetensors", std::ios::app) << "x";
  CHECK_THROWS_AS(rl::load_best(stage.folder, 2), DataError);
}
