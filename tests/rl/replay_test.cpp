#include "rl/replay.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "model/error.h"
#include "rl/policy.h"
#include "tests/support/text_of.h"
#include "tests/support/tiny_stages.h"

namespace {

using namespace hone;
using namespace hone::tests;
using Catch::Contains;

/// metrics.jsonl without what the clock says.
std::vector<nlohmann::json> figures(const Run& run, const std::string& stage) {
  std::vector<nlohmann::json> lines = run.metrics(stage);
  for (nlohmann::json& line : lines) {
    for (auto item = line.begin(); item != line.end();) {
      const bool clock = item.key().starts_with("time/") || item.key().starts_with("perf/");
      item = clock ? line.erase(item) : std::next(item);
    }
  }
  return lines;
}

rl::GrpoConfig recorded_config() {
  rl::GrpoConfig config = grpo_config();
  config.steps = 6;
  config.checkpoint_every = 2;
  config.log_rollouts_every = 1;
  config.held_out.every = 2;
  config.held_out.problems = 8;
  return config;
}

void check_same(const Run& run, const fs::path& one, const fs::path& other) {
  CHECK(figures(run, one.filename()) == figures(run, other.filename()));
  for (const char* file : {"model/model.safetensors", "rollouts/step-000001.jsonl",
                           "rollouts/step-000006.jsonl", "probes/step-000005.jsonl"}) {
    INFO(file);
    const std::string bytes = text_of(one / file);
    CHECK_FALSE(bytes.empty());
    CHECK((bytes == text_of(other / file)));
  }
}

/// The error that `change`d lines of a recorded file give.
template <class Change>
std::string refusal(const fs::path& recorded, const rl::ReplayLimits& limits, Change change) {
  std::vector<nlohmann::ordered_json> lines;
  std::istringstream in(text_of(recorded));
  for (std::string line; std::getline(in, line);) {
    lines.push_back(nlohmann::ordered_json::parse(line));
  }
  change(lines);
  const fs::path path = recorded.parent_path().parent_path() / "changed.jsonl";
  {
    std::ofstream out(path);
    for (const auto& line : lines) out << line.dump() << "\n";
  }
  try {
    rl::Replay(path, limits);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a replay from the same start is the recorded run, byte for byte") {
  const Run run;
  train_base(run);
  rl::StageContext recorded = run.stage("recorded", 1);
  rl::run_grpo(recorded_config(), recorded);
  const fs::path rollouts = recorded.folder / "rollouts";

  rl::GrpoConfig config = recorded_config();
  config.replay = rollouts.string();
  rl::StageContext stage = run.stage("replayed", 1);

  SECTION("out of its folder") {
    rl::run_grpo(config, stage);
    check_same(run, recorded.folder, stage.folder);
  }
  SECTION("out of one file of all steps") {
    const fs::path file = recorded.folder / "all.jsonl";
    {
      std::ofstream out(file);
      for (int step = 1; step <= 6; ++step) {
        out << text_of(rollouts / ("step-00000" + std::to_string(step) + ".jsonl")) << "\n";
      }
    }
    config.replay = file.string();
    rl::run_grpo(config, stage);
    check_same(run, recorded.folder, stage.folder);
  }
  SECTION("stopped in its middle and gone on") {
    std::atomic<bool> stop = false;
    stage.stop = &stop;
    stage.observer.step = [&](std::int64_t done, std::int64_t, const rl::Metrics&) {
      stop = done == 3;
    };
    CHECK_THROWS_AS(rl::run_grpo(config, stage), rl::Interrupted);
    CHECK(run.metrics("replayed").size() == 3);
    stop = false;
    rl::run_grpo(config, stage);
    check_same(run, recorded.folder, stage.folder);
  }
  SECTION("from other weights the difference of log-probabilities is only reported") {
    config.from = "recorded";
    rl::run_grpo(config, stage);
    const auto lines = run.metrics("replayed");
    REQUIRE(lines.size() == 6);
    CHECK(lines[0].at("sampling/sampling_logp_difference/max").get<double>() > 1e-3);
    CHECK(lines[0].at("reward") == run.metrics("recorded")[0].at("reward"));
  }
  SECTION("the recipe's own rewards count") {
    config.reward = {{rewards::FormatConfig{}, 1.0, ""}};
    rl::run_grpo(config, stage);
    const auto lines = run.metrics("replayed");
    CHECK(lines[0].at("reward") == lines[0].at("rewards/format/mean"));
    CHECK_FALSE(lines[0].contains("rewards/answer/mean"));
  }
  SECTION("what does not fit is refused with its place") {
    const rl::Policy policy = rl::load_policy(recorded.folder / "model");
    const rl::ReplayLimits limits{1, 8, 128, policy.decoder.config.vocab_size, policy.tokenizer};
    const fs::path first = rollouts / "step-000001.jsonl";
    const auto changed = [&](auto change) { return refusal(first, limits, change); };
    using Lines = std::vector<nlohmann::ordered_json>;
    CHECK(changed([](Lines&) {}).empty());
    CHECK_THAT(changed([](Lines& l) { l[2].erase("logprobs"); }), Contains("changed.jsonl:3: not"));
    CHECK_THAT(changed([](Lines& l) { l[2]["logprobs"].push_back(-1); }),
               Contains("changed.jsonl:3: expected a log-probability for each"));
    CHECK_THAT(changed([](Lines& l) { l[4]["completion_ids"][0] = 9999; }),
               Contains("changed.jsonl:5: expected ids") && Contains("got 9999"));
    CHECK_THAT(changed([](Lines& l) { l[4]["completion_ids"][0] = -1; }), Contains("got -1"));
    CHECK_THAT(changed([](Lines& l) {
                 l[0]["completion_ids"] = std::vector<int>(200, 3);
                 l[0]["logprobs"] = std::vector<double>(200, -1);
               }),
               Contains("changed.jsonl:1: expected at most 128 tokens"));
    CHECK_THAT(changed([](Lines& l) { l[8]["prompt"] = "x" + l[8]["prompt"].get<std::string>(); }),
               Contains("changed.jsonl:9: ") && Contains("another tokenizer"));
    CHECK_THAT(changed([](Lines& l) { l.erase(l.begin() + 5); }),
               Contains("changed.jsonl:6: expected sample 5 of problem") && Contains("group_size"));
    CHECK_THAT(changed([](Lines& l) { l.pop_back(); }),
               Contains("changed.jsonl:63: expected sample 7") && Contains("the end of the step"));
    CHECK_THAT(changed([](Lines& l) { l.clear(); }), Contains("expected 1 recorded steps"));
    for (const std::int64_t other : {4, 16}) {
      rl::ReplayLimits wrong = limits;
      wrong.group_size = other;
      CHECK_THAT(refusal(first, wrong, [](Lines&) {}), Contains("set it as in the recorded run"));
    }
    rl::ReplayLimits more = limits;
    more.steps = 7;
    CHECK_THROWS_WITH(rl::Replay(rollouts, more),
                      Contains("expected 7 recorded steps") && Contains("got 6; lower `steps`"));
    CHECK_THROWS_WITH(rl::Replay(recorded.folder / "none", limits), Contains("got neither"));
    CHECK_THROWS_WITH(rl::Replay(recorded.folder, limits), Contains("got none"));
  }
}
