#include "rl/rejection.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "model/durable.h"
#include "rl/distill.h"
#include "rollout/rollout_io.h"
#include "tests/support/text_of.h"
#include "tests/support/tiny_stages.h"

namespace {

using namespace hone;
using namespace hone::tests;
using Catch::Contains;

rl::RejectionConfig rejection_config() {
  rl::RejectionConfig config;
  config.from = "base";
  config.draw.data.task = task();
  config.draw.reward = {{rewards::AnswerConfig{}, 1.0, ""}, {rewards::FormatConfig{}, 0.1, ""}};
  config.draw.problems = 64;
  config.draw.max_new_tokens = 32;
  return config;
}

rl::DistillConfig distill_config() {
  rl::DistillConfig config;
  config.from = "base";
  config.steps = 5;
  config.batch_size = 8;
  return config;
}

std::string samples_of(const rl::StageContext& stage) {
  return text_of(stage.folder / "samples" / "rollouts.jsonl");
}

}  // namespace

TEST_CASE("rejection sampling keeps what is good enough, and says why the rest was dropped") {
  const Run run;
  train_base(run);
  rl::RejectionConfig config = rejection_config();
  rl::StageContext stage = run.stage("draws", 1);
  std::string note;
  stage.observer.note = [&](const std::string& text) { note = text; };
  rl::run_rejection(config, stage);
  const std::string whole = samples_of(stage);
  const std::string report_text = text_of(stage.folder / "rejection.json");
  const auto kept = rollout::read_rollouts(stage.folder / "samples" / "rollouts.jsonl");
  REQUIRE_FALSE(kept.empty());
  for (const auto& sample : kept) {
    CHECK(sample.rollout.reward >= 1.0);
    CHECK(sample.rollout.finish == rollout::Finish::kStop);
    CHECK(sample.rollout.rewards.size() == 2);
  }
  const auto report = nlohmann::json::parse(report_text);
  CHECK(report.at("drawn") == 256);
  CHECK(report.at("kept") == kept.size());
  std::size_t counted = kept.size();
  for (const auto& [reason, count] : report.at("dropped").items()) {
    counted += count.get<std::size_t>();
  }
  CHECK(counted == 256);
  CHECK(report.at("dropped").at("min_reward").get<int>() > 0);
  REQUIRE(report.at("sources").size() == 1);
  CHECK(report.at("sources")[0].at("source") == "parity");
  CHECK(report.at("sources")[0].at("kept") == kept.size());
  CHECK_THAT(note, Contains("256 samples, " + std::to_string(kept.size()) + " kept"));

  SECTION("a finished stage is left as it is") {
    const auto before = fs::last_write_time(stage.folder / "samples" / "rollouts.jsonl");
    rl::run_rejection(config, stage);
    CHECK(fs::last_write_time(stage.folder / "samples" / "rollouts.jsonl") == before);
  }
  SECTION("interrupted or damaged, it is drawn again with the same bytes") {
    rl::StageContext again = run.stage("again", 1);
    std::atomic<bool> stop = true;
    again.stop = &stop;
    CHECK_THROWS_AS(rl::run_rejection(config, again), rl::Interrupted);
    CHECK_FALSE(fs::exists(again.folder / "samples"));
    stop = false;
    rl::run_rejection(config, again);
    CHECK((samples_of(again) == whole));
    std::ofstream(again.folder / "samples" / "rollouts.jsonl") << "{}\n";
    fs::remove(again.folder / "rejection.json");
    rl::run_rejection(config, again);
    CHECK((samples_of(again) == whole));
    CHECK(text_of(again.folder / "rejection.json") == report_text);
  }
  SECTION("a mixture's sources are counted apart") {
    rl::WeightedProblems parity;
    parity.task = task();
    parity.weight = 3;
    rl::WeightedProblems longer = parity;
    std::get<rewards::ParityConfig>(*longer.task).max_bits = 6;
    longer.weight = 1;
    config.draw.data.task.reset();
    config.draw.data.mix = {parity, longer};
    config.select.min_reward = -1;
    rl::StageContext mixed = run.stage("mixed", 1);
    rl::run_rejection(config, mixed);
    const auto sources =
        nlohmann::json::parse(text_of(mixed.folder / "rejection.json")).at("sources");
    REQUIRE(sources.size() == 2);
    CHECK(sources[0].at("drawn") == 192);
    CHECK(sources[1].at("drawn") == 64);
    CHECK(sources[1].at("source") == "mix.1 parity");
  }
  SECTION("where nothing is kept a guard stops the run, the report says why") {
    config.select.filters = {{rewards::FormatConfig{}, 2.0, "beyond"}};
    rl::StageContext none = run.stage("none", 1);
    CHECK_THROWS_AS(rl::run_rejection(config, none), rl::GuardError);
    CHECK_THROWS_WITH(rl::run_rejection(config, none),
                      Contains("none of 256 samples is kept") && Contains("filters/beyond"));
    CHECK_FALSE(fs::exists(none.folder / "samples"));
    const auto empty = nlohmann::json::parse(text_of(none.folder / "rejection.json"));
    CHECK(empty.at("kept") == 0);
  }
  SECTION("distillation draws and selects the same samples") {
    rl::DistillConfig distill = distill_config();
    distill.teacher = "base";
    distill.data = config.draw.data;
    distill.reward = config.draw.reward;
    distill.problems = config.draw.problems;
    distill.max_new_tokens = config.draw.max_new_tokens;
    rl::StageContext student = run.stage("student", 1);
    rl::run_distill(distill, student);
    CHECK((text_of(student.folder / "teacher" / "rollouts.jsonl") == whole));

    rl::DistillConfig traces = distill_config();
    traces.traces = "draws";
    rl::StageContext other = run.stage("other", 1);
    rl::run_distill(traces, other);
    CHECK_FALSE(fs::exists(other.folder / "teacher"));
    CHECK((text_of(other.folder / "model" / "model.safetensors") ==
           text_of(student.folder / "model" / "model.safetensors")));

    traces.min_reward = 2;
    rl::StageContext none = run.stage("none", 1);
    CHECK_THROWS_AS(rl::run_distill(traces, none), rl::GuardError);
  }
  SECTION("supervised learning takes them as its data") {
    rl::SftConfig sft;
    sft.from = "base";
    sft.data.rollouts = "draws";
    sft.data.min_reward = 1.05;  // those in form, too
    sft.steps = 3;
    sft.batch_size = 8;
    rl::StageContext taught = run.stage("taught", 2);
    rl::run_sft(sft, taught);
    CHECK(run.metrics("taught").size() == 3);
    sft.max_length = 4;
    rl::StageContext longer = run.stage("longer", 2);
    CHECK_THROWS_WITH(rl::run_sft(sft, longer),
                      Contains("rollouts.jsonl:") && Contains("at most 4 tokens"));
    CHECK(run.metrics("longer").empty());
  }
}
