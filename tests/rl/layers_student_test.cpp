#include <ATen/ops/equal.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "model/durable.h"
#include "rl/distill.h"
#include "rl/gkd.h"
#include "rl/policy.h"
#include "tests/support/text_of.h"
#include "tests/support/tiny_stages.h"

// Stages that start from some layers of another stage's model.

namespace {

using namespace hone;
using namespace hone::tests;

void train_teacher(const Run& run) {
  rl::SftConfig config = sft_config(tiny_init(32, 64, 4, 2));
  config.init->max_position_embeddings = 128;
  config.steps = 20;
  rl::StageContext stage = run.stage("base", 0);
  rl::run_sft(config, stage);
}

rl::InitConfig layers_of_base(const rl::LayerChoice& layers) {
  rl::InitConfig init;
  init.from = "base";
  init.layers = layers;
  return init;
}

rl::SftConfig student_config() {
  rl::SftConfig config = sft_config(layers_of_base("every_other"));
  config.steps = 6;
  config.checkpoint_every = 2;
  return config;
}

std::string weights_of(const rl::StageContext& stage) {
  return text_of(stage.folder / "model" / "model.safetensors");
}

}  // namespace

TEST_CASE("a student starts with the weights of the layers that are chosen, and the tokenizer") {
  const Run run;
  train_teacher(run);
  const rl::StageContext stage = run.stage("student", 1);
  const fs::path folder = stage.resolve("base");
  const rl::Policy teacher = rl::load_policy(folder);
  const rl::LayerChoice numbers = std::vector<std::int64_t>{0, 3};
  for (const rl::LayerChoice& choice : {rl::LayerChoice("every_other"), numbers}) {
    const rl::Policy student = rl::policy_of_layers(layers_of_base(choice), folder, stage, {});
    CHECK(student.decoder.config.num_hidden_layers == 2);
    REQUIRE(student.decoder.layers.size() == 2);
    CHECK(at::equal(student.decoder.embed_tokens, teacher.decoder.embed_tokens));
    CHECK(at::equal(student.decoder.norm, teacher.decoder.norm));
    CHECK(at::equal(student.decoder.layers[1].q_proj, teacher.decoder.layers[3].q_proj));
    CHECK(at::equal(student.decoder.layers[1].down_proj, teacher.decoder.layers[3].down_proj));
    CHECK(student.tokenizer->encode("1011", true) == teacher.tokenizer->encode("1011", true));
    CHECK(student.folder == folder);
  }
}

TEST_CASE("a student of layers is trained, and goes on with the same bytes after a stop") {
  const Run run;
  train_teacher(run);
  rl::StageContext whole = run.stage("whole", 1);
  rl::run_sft(student_config(), whole);
  const auto lines = run.metrics("whole");
  REQUIRE(lines.size() == 6);
  // A new model of this size starts near ln of its vocabulary.
  CHECK(lines.front().at("loss").get<double>() < 2.5);
  CHECK(rl::load_policy(whole.folder / "model").decoder.config.num_hidden_layers == 2);

  rl::StageContext stopped = run.stage("stopped", 1);
  std::atomic<bool> stop = false;
  stopped.stop = &stop;
  stopped.observer.step = [&](std::int64_t done, std::int64_t, const rl::Metrics&) {
    stop = done == 3;
  };
  CHECK_THROWS_AS(rl::run_sft(student_config(), stopped), rl::Interrupted);
  stop = false;
  rl::run_sft(student_config(), stopped);
  CHECK(weights_of(stopped) == weights_of(whole));
}

TEST_CASE("distillation and on-policy distillation take a student of the teacher's layers") {
  const Run run;
  train_teacher(run);
  rl::DistillConfig distill;
  distill.teacher = "base";
  distill.init = layers_of_base(std::vector<std::int64_t>{0, 1, 3});
  distill.data.task = task();
  distill.reward = {{rewards::FormatConfig{}, 1.0, ""}};
  distill.min_reward = 0;
  distill.problems = 8;
  distill.max_new_tokens = 32;
  distill.steps = 2;
  distill.batch_size = 4;
  rl::StageContext taught = run.stage("taught", 1);
  rl::run_distill(distill, taught);
  CHECK(rl::load_policy(taught.folder / "model").decoder.config.num_hidden_layers == 3);

  rl::GkdConfig gkd;
  gkd.teacher = "base";
  gkd.init = layers_of_base("every_other");
  gkd.data.task = task();
  gkd.steps = 2;
  gkd.batch_size = 4;
  gkd.max_new_tokens = 16;
  rl::StageContext on_policy = run.stage("on-policy", 2);
  rl::run_gkd(gkd, on_policy);
  CHECK(run.metrics("on-policy").size() == 2);
  CHECK(rl::load_policy(on_policy.folder / "model").decoder.config.num_hidden_layers == 2);
}

TEST_CASE("adapters are merged before layers are chosen") {
  const Run run;
  train_teacher(run);
  rl::SftConfig config = student_config();
  config.init.reset();
  config.from = "base";
  config.lora = model::LoraConfig();
  config.lora->r = 4;
  config.optimizer.learning_rate = 1e-2;
  rl::StageContext adapted = run.stage("adapted", 1);
  rl::run_sft(config, adapted);
  rl::InitConfig init = layers_of_base(std::vector<std::int64_t>{1, 2});
  const rl::Policy student = rl::policy_of_layers(init, adapted.folder / "model", adapted, {});
  CHECK_FALSE(student.decoder.lora.has_value());
  const rl::Policy merged = rl::load_policy(adapted.folder / "model");
  CHECK(at::equal(student.decoder.layers[0].q_proj, merged.decoder.layers[1].q_proj));
  const rl::Policy base = rl::load_policy(adapted.resolve("base"));
  CHECK_FALSE(at::equal(student.decoder.layers[0].q_proj, base.decoder.layers[1].q_proj));
}

TEST_CASE("greedily chosen layers are chosen once, and written down") {
  const Run run;
  train_teacher(run);
  rl::SftConfig config = student_config();
  config.init = layers_of_base("greedy");
  rl::StageContext stage = run.stage("student", 1);
  std::atomic<bool> stop = false;
  stage.stop = &stop;
  stage.observer.step = [&](std::int64_t done, std::int64_t, const rl::Metrics&) {
    stop = done == 3;
  };
  std::vector<std::string> notes;
  stage.observer.note = [&](const std::string& text) { notes.push_back(text); };
  CHECK_THROWS_AS(rl::run_sft(config, stage), rl::Interrupted);
  const std::string chosen = text_of(stage.folder / "layers.json");
  REQUIRE(notes.size() == 2);
  CHECK(notes[1] + "\n" == chosen);
  const auto layers = nlohmann::json::parse(chosen).at("layers").get<std::vector<std::int64_t>>();
  REQUIRE(layers.size() == 2);
  stop = false;
  notes.clear();
  rl::run_sft(config, stage);
  CHECK(std::find(notes.begin(), notes.end(), "choosing the layers that stay") == notes.end());

  rl::SftConfig numbered = config;
  numbered.init->layers = layers;
  rl::StageContext whole = run.stage("numbered", 1);
  rl::run_sft(numbered, whole);
  CHECK(weights_of(stage) == weights_of(whole));

  model::write_file_atomic(stage.folder / "layers.json", "{\"layers\": [0, 4]}");
  CHECK_THROWS_WITH(rl::policy_of_layers(*config.init, stage.resolve("base"), stage, {}),
                    Catch::Contains("layers.json") && Catch::Contains("from 0 to 3, got 4"));
}
