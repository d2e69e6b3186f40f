#include "rl/gkd.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "model/durable.h"
#include "model/error.h"
#include "rl/policy.h"
#include "rl/vocabulary.h"
#include "tests/support/text_of.h"
#include "tests/support/tiny_stages.h"

namespace {

using namespace hone;
using namespace hone::tests;

rl::GkdConfig gkd_config() {
  rl::GkdConfig config;
  config.teacher = "base";
  config.init = tiny_init(16, 32, 1, 2);
  config.init->max_position_embeddings = 128;
  config.data.task = task();
  config.reward = {{rewards::FormatConfig{}, 1.0, ""}};
  config.steps = 60;
  config.batch_size = 16;
  config.max_new_tokens = 24;
  config.checkpoint_every = 7;
  config.optimizer.learning_rate = 1e-2;
  return config;
}

}  // namespace

TEST_CASE("a student comes to write as its teacher does, by its own or the teacher's words") {
  const Run run;
  train_base(run);
  for (const double lmbda : {1.0, 0.5, 0.0}) {
    for (const double beta : {1.0, 0.5, 0.0}) {
      if (lmbda == 0.5 && beta != 0.5) continue;
      INFO("lmbda " << lmbda << ", beta " << beta);
      rl::GkdConfig config = gkd_config();
      config.lmbda = lmbda;
      config.beta = beta;
      rl::StageContext stage = run.stage("student", 1);
      fs::remove_all(stage.folder);
      fs::create_directories(stage.folder);
      rl::run_gkd(config, stage);
      const auto lines = run.metrics("student");
      REQUIRE(lines.size() == 60);
      double first = 0, last = 0, by_student = 0;
      for (std::size_t i = 0; i < 10; ++i) {
        first += lines[i].at("loss").get<double>();
        last += lines[50 + i].at("loss").get<double>();
      }
      for (const auto& line : lines) by_student += line.at("on_policy").get<double>();
      CHECK(last < 0.6 * first);
      if (lmbda == 1) CHECK(by_student == 60);
      if (lmbda == 0.5) CHECK(std::abs(by_student - 30) < 15);
      if (lmbda == 0) CHECK(by_student == 0);
      CHECK(lines.back().contains("rewards/format/mean"));
      CHECK(model::is_complete(stage.folder / "model"));
    }
  }
}

TEST_CASE("an interrupted distillation goes on to the same bytes") {
  const Run run;
  train_base(run);
  rl::GkdConfig config = gkd_config();
  config.steps = 12;
  config.checkpoint_every = 4;
  config.lmbda = 0.5;
  rl::StageContext whole = run.stage("whole", 1);
  rl::run_gkd(config, whole);

  std::atomic<bool> stop = false;
  rl::StageContext broken = run.stage("broken", 1);
  broken.stop = &stop;
  broken.observer.step = [&](std::int64_t done, std::int64_t, const rl::Metrics&) {
    stop = done == 6;
  };
  CHECK_THROWS_AS(rl::run_gkd(config, broken), rl::Interrupted);
  stop = false;
  rl::run_gkd(config, broken);
  CHECK(text_of(broken.folder / "model" / "model.safetensors") ==
        text_of(whole.folder / "model" / "model.safetensors"));
}

TEST_CASE("teacher and student must mean the same by every id") {
  const auto tokenizer = [](const std::string& characters) {
    return model::train_tokenizer({}, {characters});
  };
  const auto base = tokenizer("abc");
  CHECK(rl::shared_vocabulary(*base, *tokenizer("abc"), "here") == base->vocab_size());
  CHECK_THROWS_WITH(rl::shared_vocabulary(*base, *tokenizer("abcd"), "here"),
                    Catch::Contains("here") && Catch::Contains("ids"));
  CHECK_THROWS_WITH(rl::shared_vocabulary(*base, *tokenizer("abd"), "here"),
                    Catch::Contains("\"cc\"") && Catch::Contains("\"dd\""));
}
