#include "rl/worked_solutions.h"

#include <catch2/catch.hpp>
#include <map>

#include "rl/rejection.h"
#include "rollout/rollout_io.h"
#include "tests/model/files.h"
#include "tests/support/tiny_stages.h"

// Worked solutions as supervised data, and a starting model's own replies to prompts without
// answers.

namespace {

using namespace hone;
using namespace hone::tests;

const std::string kProblems =
    R"({"question": "Ann has 3 boxes of 4 pens. How many?", "answer": "She has 3*4=<<3*4=12>>12 pens.\n#### 12"})"
    "\n"
    R"({"question": "Bo had 9 figs and ate 2. How many?", "answer": "There are 9-2=<<9-2=7>>7 figs.\nSo {answer}.\n#### 7"})"
    "\n";

std::map<std::string, std::string> pairs_of(const rl::TextsConfig& config) {
  const auto pairs = rl::open_text_pairs({config, {}}, 3);
  std::map<std::string, std::string> all;
  for (std::uint64_t i = 0; i < pairs->size(); ++i) {
    all[pairs->at(i).prompt] = pairs->at(i).completion;
  }
  return all;
}

struct File {
  TempFolder folder;
  std::string path;
  explicit File(const std::string& text) : path((folder.path() / "data.jsonl").string()) {
    put(path, text);
  }
};

rl::TextsConfig solutions_of(const std::string& path, const std::string& preset) {
  rl::TextsConfig config;
  config.dataset.emplace();
  config.dataset->path = path;
  config.dataset->preset = preset;
  return config;
}

}  // namespace

TEST_CASE("a worked solution becomes the reasoning, its last line the answer") {
  const File file(kProblems);
  rl::TextsConfig config = solutions_of(file.path, "gsm8k");
  const auto pairs = pairs_of(config);
  REQUIRE(pairs.size() == 2);
  CHECK(pairs.at("Ann has 3 boxes of 4 pens. How many?") ==
        "<think>She has 3*4=12 pens.</think><answer>12</answer>");
  CHECK(pairs.at("Bo had 9 figs and ate 2. How many?") ==
        "<think>There are 9-2=7 figs.\nSo {answer}.</think><answer>7</answer>");
  config.completion_template = "{solution} It is {answer}, {answer}.";
  config.dataset->prompt_template = "Q: {prompt} A:";
  CHECK(pairs_of(config).at("Q: Ann has 3 boxes of 4 pens. How many? A:") ==
        "She has 3*4=12 pens. It is 12, 12.");
  CHECK(rl::open_text_pairs({config, {}}, 3)->place(0).starts_with(file.path + ":"));
}

TEST_CASE("solutions with a boxed answer, and those in a column of their own") {
  const File boxed(R"({"problem": "Find 2+2.", "solution": "It is $\\boxed{4}$.", "level": "1"})"
                   "\n");
  CHECK(pairs_of(solutions_of(boxed.path, "math")).at("Find 2+2.") ==
        "<think>It is $\\boxed{4}$.</think><answer>4</answer>");
  const File own(R"({"question": "2+3?", "why": "Count on. ", "answer": "5"})"
                 "\n");
  rl::TextsConfig config = solutions_of(own.path, "");
  CHECK(data_error([&] { pairs_of(config); }) ==
        own.path +
            ":1: expected a worked solution before the answer, or a solution_column, got an "
            "answer alone");
  config.dataset->solution_column = "why";
  CHECK(pairs_of(config).at("2+3?") == "<think>Count on.</think><answer>5</answer>");
  config.dataset->solution_column = "how";
  CHECK_THAT(data_error([&] { pairs_of(config); }), Catch::Contains("expected a column \"how\""));
}

TEST_CASE("long_share leaves some answers alone, the same ones whenever the file is gone through") {
  std::string text;
  for (int i = 0; i < 400; ++i) {
    const std::string n = std::to_string(i);
    text += R"({"question": "What is )" + n + R"(?", "answer": "It is )" + n + R"(.\n#### )" + n +
            "\"}\n";
  }
  const File file(text);
  rl::TextsConfig config = solutions_of(file.path, "gsm8k");
  config.long_share = 0.25;
  const auto pairs = rl::open_text_pairs({config, {}}, 3);
  std::map<std::string, std::string> first;
  int kept = 0;
  for (std::uint64_t i = 0; i < 400; ++i) {
    const rl::TextPair pair = pairs->at(i);
    first[pair.prompt] = pair.completion;
    const bool alone = pair.completion.starts_with("<think></think><answer>");
    kept += alone ? 0 : 1;
  }
  REQUIRE(first.size() == 400);
  CHECK(kept > 70);  // 100 expected, with a standard deviation of 8.7
  CHECK(kept < 130);
  for (std::uint64_t i = 400; i < 800; ++i) {
    const rl::TextPair pair = pairs->at(i);
    CHECK(first.at(pair.prompt) == pair.completion);
  }
  config.long_share = 0;  // no solution is needed then
  config.dataset->preset.clear();
  const File alone(R"({"question": "2+3?", "answer": "5"})"
                   "\n");
  config.dataset->path = alone.path;
  CHECK(pairs_of(config).at("2+3?") == "<think></think><answer>5</answer>");
}

TEST_CASE("a model's own replies to prompts without answers are mixed into what it learns next") {
  const Run run;
  train_base(run);
  std::string text;
  for (int i = 0; i < 12; ++i) text += R"({"prompt": ")" + std::to_string(i * 7) + "\"}\n";
  const File prompts(text);
  rl::RejectionConfig draws;
  draws.from = "base";
  draws.draw.data.dataset.emplace();
  draws.draw.data.dataset->path = prompts.path;
  draws.draw.data.dataset->answers = false;
  draws.draw.reward = {{rewards::RepetitionConfig{}, 1.0, ""}};
  draws.draw.problems = 300;  // of a file at most all of it
  draws.draw.samples = 2;
  draws.draw.max_new_tokens = 32;
  draws.select.min_reward = -1;
  rl::StageContext stage = run.stage("draws", 1);
  rl::run_rejection(draws, stage);
  const auto kept = rollout::read_rollouts(stage.folder / "samples" / "rollouts.jsonl");
  REQUIRE_FALSE(kept.empty());
  for (const auto& sample : kept) CHECK(sample.rollout.answer.empty());

  rl::SftConfig config = sft_config(tiny_init(32, 64, 2, 2));
  config.init.reset();
  config.from = "base";
  config.data = {};
  config.data.mix.resize(2);
  config.data.mix[0].task = task();
  config.data.mix[0].weight = 3;
  config.data.mix[1].rollouts = "draws";
  config.steps = 3;
  rl::StageContext taught = run.stage("taught", 2);
  rl::run_sft(config, taught);
  CHECK(run.metrics("taught").size() == 3);
}
