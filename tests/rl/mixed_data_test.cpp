#include <atomic>
#include <catch2/catch.hpp>
#include <map>

#include "model/error.h"
#include "rl/evaluate.h"
#include "rl/lengths.h"
#include "rl/sft_data.h"
#include "rollout/rollout_io.h"
#include "tests/support/text_of.h"
#include "tests/support/tiny_stages.h"

namespace {

using namespace hone;
using namespace hone::tests;
using Catch::Contains;

struct Files {
  fs::path folder = fs::temp_directory_path() / ("hone_mixed_" + std::to_string(::getpid()));
  Files() {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  ~Files() { fs::remove_all(folder); }

  std::string put(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  }
  std::string questions(int count) const {
    std::string text;
    for (int i = 0; i < count; ++i) {
      const std::string number = std::to_string(i);
      text += R"({"prompt": "q)" + number + R"(", "answer": ")" + number +
              R"(", "metadata": {"task": "parity", "level": 3}})" + "\n";
    }
    return put("questions.jsonl", text);
  }
};

rl::WeightedProblems of_task(double weight, const rewards::TaskConfig& config) {
  rl::WeightedProblems source;
  source.weight = weight;
  source.task = config;
  return source;
}

rl::WeightedProblems of_file(double weight, const std::string& path) {
  rl::WeightedProblems source;
  source.weight = weight;
  source.dataset = rollout::DatasetConfig{path, "", "", "{prompt}"};
  return source;
}

rollout::Rollout recorded(const std::string& text, double reward, rollout::Finish finish) {
  rollout::Rollout r;
  r.prompt = text + "?";
  r.completion = text;
  r.reward = reward;
  r.finish = finish;
  return r;
}

}  // namespace

TEST_CASE("problems of a mixture come in its shares, a file's each once before they come again") {
  const Files files;
  rl::DataConfig data;
  data.mix = {of_task(3, task()), of_file(1, files.questions(5)), of_task(2, task())};
  const auto problems = rl::open_problems(data, rewards::Split::kTrain, 3);
  std::map<std::size_t, std::map<std::string, int>> seen;
  for (std::uint64_t i = 0; i < 60; ++i) {
    const rollout::Problem problem = problems->at(i);
    ++seen[rl::source_of(problem.metadata)][problem.prompt];
    if (rl::source_of(problem.metadata) == 1) {
      CHECK_THAT(problems->place(i), Contains("questions.jsonl:"));
      CHECK(nlohmann::json::parse(problem.metadata).at("level") == 3);
    }
  }
  const auto total = [&](std::size_t source) {
    int sum = 0;
    for (const auto& [prompt, count] : seen[source]) sum += count;
    return sum;
  };
  CHECK(total(0) == 30);
  CHECK(total(1) == 10);
  CHECK(total(2) == 20);
  REQUIRE(seen[1].size() == 5);
  for (const auto& [prompt, count] : seen[1]) CHECK(count == 2);

  const auto again = rl::open_problems(data, rewards::Split::kTrain, 3);
  CHECK(again->at(59).prompt == problems->at(59).prompt);  // without those before it
  CHECK(problems->size() > 24);
  CHECK(problems->size() <= 36);
  CHECK(rl::source_of(problems->at(problems->size()).metadata) == 1);
}

TEST_CASE("two sources of one task do not give the same problems") {
  rewards::ParityConfig parity;
  parity.min_bits = parity.max_bits = 30;
  rl::DataConfig data;
  data.mix = {of_task(1, parity), of_task(1, parity)};
  const auto problems = rl::open_problems(data, rewards::Split::kTrain, 3);
  CHECK(problems->size() == 0);
  std::map<std::string, int> seen;
  for (std::uint64_t i = 0; i < 40; ++i) ++seen[problems->at(i).prompt];
  CHECK(seen.size() == 40);
}

TEST_CASE("a mixture's verifier judges by the source of the problem") {
  const Files files;
  rl::DataConfig data;
  data.mix = {of_task(1, task()), of_file(1, files.questions(3))};
  CHECK_FALSE(rl::has_held_out(data));
  const auto verifier = rl::verifier_of(data);
  const auto status = [&](const std::string& completion, const std::string& metadata) {
    return verifier->score({"q", completion, "7", metadata, 0, false}).status;
  };
  // A task looks at text without tags, the answer reward wants a marked answer. The file's own
  // metadata name a task too, and do not count.
  CHECK(status("7", R"({"mix": 0, "task": "parity"})") == rewards::Status::kCorrect);
  CHECK(status("7", R"({"mix": 1, "task": "parity"})") == rewards::Status::kMalformed);
  CHECK(status("<answer>7</answer>", R"({"mix": 1})") == rewards::Status::kCorrect);
  CHECK(status("<answer>8</answer>", R"({"mix": 1})") == rewards::Status::kWrong);
  CHECK(status("7", R"({"mix": 2})") == rewards::Status::kAbstain);
  data.mix.pop_back();
  CHECK(rl::has_held_out(data));
}

TEST_CASE("recorded rollouts are pairs, without those cut off or below a reward") {
  const Files files;
  const std::vector<rollout::Rollout> rollouts = {
      recorded("good", 1.0, rollout::Finish::kStop), recorded("fair", 0.5, rollout::Finish::kStop),
      recorded("bad", 0.0, rollout::Finish::kStop), recorded("cut", 1.0, rollout::Finish::kLength)};
  files.put("rollouts.jsonl", "\n" + rollout::to_json_lines(rollouts, 0, {}));
  rl::SftDataConfig data;
  data.rollouts = files.folder.string();
  const auto texts = [&] {
    const auto pairs = rl::open_text_pairs(data, 1);
    std::map<std::string, std::string> found;
    for (std::uint64_t i = 0; i < pairs->size(); ++i) {
      CHECK(pairs->at(i).prompt == pairs->at(i).completion + "?");
      found[pairs->at(i).completion] = pairs->place(i);
    }
    return found;
  };
  const std::string file = (files.folder / "rollouts.jsonl").string();
  CHECK(texts() == std::map<std::string, std::string>{
                       {"good", file + ":2"}, {"fair", file + ":3"}, {"bad", file + ":4"}});
  data.min_reward = 0.5;
  CHECK(texts().size() == 2);
  data.min_reward = 2;
  CHECK_THROWS_WITH(rl::open_text_pairs(data, 1), Contains("with a reward of at least 2"));
  data.rollouts = file + ".none";
  CHECK_THROWS_AS(rl::open_text_pairs(data, 1), DataError);
}

TEST_CASE("all sources of mixed text are seen by the tokenizer and by the length check") {
  const Files files;
  std::string lines;
  for (int i = 0; i < 30; ++i) lines += R"({"prompt": "x", "completion": "y"})" + std::string("\n");
  lines += R"({"prompt": "x", "completion": "zzzzzzzzzzzzzzzzzzzz"})";
  rl::WeightedTexts file;
  file.path = files.put("pairs.jsonl", lines);
  rl::WeightedTexts one;
  one.path = files.put("one.jsonl", R"({"prompt": "a", "completion": "b"})");
  rl::SftDataConfig data;
  data.mix = {one, file};
  const auto pairs = rl::open_text_pairs(data, 1);
  CHECK(pairs->size() <= 3);  // until the one is gone through
  const auto texts = rl::tokenizer_texts(*pairs);
  CHECK(texts.size() == 32);
  CHECK(std::find(texts.begin(), texts.end(), "xzzzzzzzzzzzzzzzzzzzz") != texts.end());
  const auto tokenizer = model::train_tokenizer(model::TokenizerConfig{}, texts);
  CHECK_THROWS_WITH(rl::check_example_lengths(*pairs, 12, [&] { return tokenizer; }),
                    Contains("pairs.jsonl:31: expected at most 12 tokens"));
}

TEST_CASE("supervised learning from a mixture goes on from its cursor, byte for byte") {
  const Files files;
  const Run run;
  rl::SftConfig config = sft_config(tiny_init(16, 32, 1, 2));
  config.data.task.reset();
  rl::WeightedTexts traces;
  traces.task = task();
  traces.weight = 0.7;
  rl::WeightedTexts pairs;
  pairs.weight = 0.3;
  pairs.path = files.put("pairs.jsonl", R"({"prompt": "10=", "completion": "1"})");
  config.data.mix = {traces, pairs};
  config.steps = 7;
  config.batch_size = 9;
  rl::StageContext whole = run.stage("whole", 0);
  rl::run_sft(config, whole);

  rl::StageContext stage = run.stage("resumed", 0);
  std::atomic<bool> stop = false;
  stage.stop = &stop;
  stage.observer.step = [&](std::int64_t done, std::int64_t, const rl::Metrics&) {
    stop = done == 4;
  };
  CHECK_THROWS_AS(rl::run_sft(config, stage), rl::Interrupted);
  stop = false;
  rl::run_sft(config, stage);
  const std::string bytes = text_of(whole.folder / "model" / "model.safetensors");
  CHECK_FALSE(bytes.empty());
  CHECK((bytes == text_of(stage.folder / "model" / "model.safetensors")));
}

TEST_CASE("reinforcement learning on a mixture goes on from its cursor, byte for byte") {
  const Run run;
  train_base(run);
  rl::GrpoConfig config = grpo_config();
  rewards::ParityConfig longer;
  longer.min_bits = longer.max_bits = 5;
  longer.prompts = rewards::Prompts::kCodes;
  config.data.task.reset();
  config.data.mix = {of_task(3, task()), of_task(1, longer)};
  config.steps = 4;
  config.log_rollouts_every = 1;
  config.held_out.every = 2;
  config.held_out.problems = 8;
  rl::StageContext whole = run.stage("whole", 1);
  rl::run_grpo(config, whole);
  CHECK(run.metrics("whole").front().contains("eval/pass@1"));  // tasks have a held-out split

  rl::StageContext stage = run.stage("resumed", 1);
  std::atomic<bool> stop = false;
  stage.stop = &stop;
  stage.observer.step = [&](std::int64_t done, std::int64_t, const rl::Metrics&) {
    stop = done == 2;
  };
  CHECK_THROWS_AS(rl::run_grpo(config, stage), rl::Interrupted);
  stop = false;
  rl::run_grpo(config, stage);
  for (const char* file : {"model/model.safetensors", "rollouts/step-000004.jsonl"}) {
    INFO(file);
    const std::string bytes = text_of(whole.folder / file);
    CHECK_FALSE(bytes.empty());
    CHECK((bytes == text_of(stage.folder / file)));
  }
  std::map<std::size_t, int> problems;  // of 8 a step, once a group
  for (int step = 1; step <= 4; ++step) {
    const fs::path file =
        whole.folder / "rollouts" / ("step-00000" + std::to_string(step) + ".jsonl");
    for (const auto& logged : rollout::read_rollouts(file)) {
      problems[rl::source_of(logged.rollout.metadata)] += logged.rollout.sample == 0;
    }
  }
  CHECK(problems == std::map<std::size_t, int>{{0, 24}, {1, 8}});
}
