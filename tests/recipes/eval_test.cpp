#include "recipes/eval_json.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/durable.h"
#include "recipes/pipeline.h"
#include "tests/recipes/support.h"
#include "tests/support/text_of.h"

using namespace hone::recipes;
namespace fs = std::filesystem;
namespace rl = hone::rl;
using Catch::Contains;
using hone::recipes::test::error_of;
using hone::recipes::test::kSmall;
using hone::recipes::test::replace;
using hone::tests::text_of;

namespace {

rl::EvalResult result_of(double pass_at_1) {
  rl::EvalResult result;
  result.problems = 4;
  result.samples = 2;
  result.pass_at_1 = pass_at_1;
  result.pass_at_1_stderr = 0.125;
  result.no_answer = 0.5;
  return result;
}

const std::string kFromFolder = R"(
[eval]
start = true
problems = 4
data.task = {type = "lastdigit"}
[[stage]]
name = "zero"
type = "grpo"
steps = 2
from = "checkpoints/mine"
data.task = {type = "lastdigit"}
reward = [{type = "answer"}]
[[stage]]
name = "longer"
type = "grpo"
steps = 2
from = "zero"
data.task = {type = "lastdigit"}
reward = [{type = "answer"}]
)";

// Stages that only write down that they ran.
struct Fixture {
  fs::path base = fs::temp_directory_path() / ("hone-eval-" + std::to_string(::getpid()));
  std::vector<std::string> calls;
  RunOptions options;
  Actions actions;

  Fixture() {
    fs::remove_all(base);
    options.folder = base / "run";
    actions.train = [this](const Stage& stage, rl::StageContext& context) {
      calls.push_back("train " + stage.name);
      hone::model::write_folder(context.folder / "model", [](const fs::path& folder) {
        std::ofstream(folder / "config.json") << "{}";
      });
    };
    actions.evaluate = [this](const rl::EvalConfig&, const fs::path& model, std::uint64_t,
                              const rl::Observer&, const std::atomic<bool>*) {
      calls.push_back("eval " + model.string().substr(model.string().find("run/") + 1));
      return result_of(0.25);
    };
    actions.parameters = [](const fs::path&) { return std::int64_t{7}; };
  }
  ~Fixture() { fs::remove_all(base); }

  std::vector<std::string> run(const std::vector<std::string>& overrides = {}) {
    calls.clear();
    Places places;
    run_pipeline(parse_recipe(kFromFolder, "my.toml", overrides, places), options, actions);
    return calls;
  }

  std::vector<std::string> rows() const {
    std::vector<std::string> names;
    const auto summary = nlohmann::json::parse(text_of(options.folder / "summary.json"));
    for (const auto& row : summary["evals"]) names.push_back(row["model"]);
    return names;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("an evaluation's file has sources, settings, readings, further measurements, the text") {
  rl::EvalResult result = result_of(0.75);
  result.source_pass_at_1 = {{"parity", 0.5}};
  result.sources = {{"parity", 2, 0.5, 0.25, 1.0, 0.0}};
  result.settings = rl::EvalSettings{"task:parity", 0.5, 0.9, 64, 7, "auto", true, "Q: {prompt}"};
  result.readings.push_back({"last_number", result_of(0.875)});
  rl::EvalResult facts = result_of(0.125);
  facts.settings.emplace();
  facts.settings->data = "facts.jsonl";
  facts.settings->reading = "mentioned";
  result.also.push_back({"facts", facts});
  result.text = rl::TextResult{12.5, 1.5, 99, 4, 32, 200};
  const auto json = nlohmann::json::parse(eval_json("base", 7, result));
  const nlohmann::json expected = {{"model", "base"},
                                   {"pass@1", 0.75},
                                   {"pass@1/parity", 0.5},
                                   {"pass@1_stderr/parity", 0.25},
                                   {"greedy/parity", 1.0},
                                   {"greedy_stderr/parity", 0.0},
                                   {"problems/parity", 2},
                                   {"no_answer", 0.5},
                                   {"data", "task:parity"},
                                   {"temperature", 0.5},
                                   {"top_p", 0.9},
                                   {"max_new_tokens", 64},
                                   {"seed", 7},
                                   {"reading", "auto"},
                                   {"chat", true},
                                   {"prompt_template", "Q: {prompt}"},
                                   {"reading/last_number/pass@1", 0.875},
                                   {"reading/last_number/pass@1_stderr", 0.125},
                                   {"also/facts/pass@1", 0.125},
                                   {"also/facts/pass@1_stderr", 0.125},
                                   {"also/facts/reading", "mentioned"},
                                   {"also/facts/prompt_template", nullptr},
                                   {"perplexity", 12.5},
                                   {"bits_per_byte", 1.5},
                                   {"text_tokens", 99},
                                   {"text_windows", 4},
                                   {"text_window", 32},
                                   {"text_bytes", 200}};
  for (const auto& [name, value] : expected.items()) {
    INFO(name);
    REQUIRE(json.contains(name));
    CHECK(json[name] == value);
  }
  CHECK_THAT(eval_sentence(result), Contains("pass@1 0.750") && Contains("facts: pass@1 0.125") &&
                                        Contains("last_number: pass@1 0.875") &&
                                        Contains("perplexity 12.500"));
}

TEST_CASE("whoever waits for an evaluation is told what it measures") {
  rl::EvalConfig config;
  config.problems = 120;
  CHECK(plan_sentence(config) == "answering 120 held-out problems");
  config.also.resize(2);
  config.also[0].name = "unseen";
  config.also[1].name = "facts";
  CHECK(plan_sentence(config) == "answering 120 held-out problems, unseen, facts");
}

TEST_CASE("a text alone has no figures of answers") {
  rl::EvalResult result;
  result.text = rl::TextResult{12.5, 1.5, 99, 4, 32, 200};
  const auto json = nlohmann::json::parse(eval_json("base", 7, result));
  CHECK(json["perplexity"] == 12.5);
  CHECK_FALSE(json.contains("pass@1"));
}

TEST_CASE("what the first stage starts from is measured before anything is trained") {
  Fixture f;
  CHECK(f.run() == Names{"eval checkpoints/mine", "train zero", "eval un/zero/model",
                         "train longer", "eval un/longer/model"});
  CHECK(f.rows() == Names{"start", "zero", "longer"});
  const auto start = nlohmann::json::parse(text_of(f.options.folder / "start" / "eval.json"));
  CHECK(start["pass@1"] == 0.25);
  CHECK(start["parameters"] == 7);
  CHECK(f.run().empty());

  SECTION("--fresh measures it again, and leaves nothing of the old one") {
    std::ofstream(f.options.folder / "start" / "seconds.json") << R"({"eval": 1000.0})";
    f.options.fresh = true;
    CHECK(f.run().size() == 5);
    CHECK_THAT(text_of(f.options.folder / "start" / "seconds.json"), !Contains("1000"));
  }
  SECTION("a stage alone that starts elsewhere does not") {
    fs::remove_all(f.options.folder / "start");
    f.options.only_stage = "longer";
    CHECK(f.run().empty());
    f.options.only_stage = "zero";
    CHECK(f.run() == Names{"eval checkpoints/mine"});
  }
}

TEST_CASE("a start that was measured otherwise is measured again") {
  Fixture f;
  f.actions.train = [](const Stage&, rl::StageContext&) { throw rl::Interrupted("stopped"); };
  CHECK_THROWS_AS(f.run(), rl::Interrupted);
  fs::remove_all(f.options.folder / "zero");  // no stage has begun
  CHECK_THROWS_AS(f.run({"eval.problems=5"}), rl::Interrupted);
  CHECK(f.calls == Names{"eval checkpoints/mine"});
}

TEST_CASE("recipes whose evaluation contradicts itself") {
  CHECK_THAT(error_of(kSmall, {"eval.start=true"}),
             Contains("eval.start: the first stage, base, has no `from`"));
  CHECK_THAT(error_of(kSmall, {"eval.reading=last"}), Contains("last_number"));
  CHECK_THAT(error_of(kSmall, {"eval.more_readings=[\"last\"]"}),
             Contains("eval.more_readings") && Contains("last_number"));
  CHECK_THAT(error_of(kSmall, {"eval.more_readings=[\"auto\"]"}), Contains("stands twice"));
  CHECK_THAT(error_of(kSmall, {"eval.text=no/such/file"}), Contains("eval.text.path"));
  const auto also = [](const std::string& table) {
    return replace(kSmall, "[[stage]]\nname = \"base\"", table + "\n[[stage]]\nname = \"base\"");
  };
  const std::string one =
      "[[eval.also]]\nname = \"parity\"\ndata.task = {type = \"parity\"}\n"
      "max_new_tokens = 32\n";
  CHECK(error_of(also(one)) == "no error");
  CHECK_THAT(error_of(also(one + one)), Contains("eval.also.1.name") && Contains("earlier one"));
  CHECK_THAT(error_of(also(replace(one, "name = \"parity\"\n", ""))),
             Contains("eval.also.0.name: missing"));
  CHECK_THAT(error_of(also(replace(one, "\"parity\"\ndata", "\"a/b\"\ndata"))), Contains("slash"));
  CHECK_THAT(error_of(also(replace(one, "max_new_tokens = 32", "max_new_tokens = 4096"))),
             Contains("eval.also.0.max_new_tokens"));
  CHECK_THAT(error_of(also(replace(one, "data.task = {type = \"parity\"}\n", ""))),
             Contains("eval.also.0.data"));
}

TEST_CASE("a window longer than some model's context is refused") {
  const fs::path text = fs::temp_directory_path() / ("hone-text-" + std::to_string(::getpid()));
  std::ofstream(text) << "some text";
  const std::string path = "eval.text.path=" + text.string();
  CHECK(error_of(kSmall, {path, "eval.text.window=64"}) == "no error");
  CHECK_THAT(error_of(kSmall, {path, "eval.text.window=4096"}),
             Contains("eval.text.window: longer than the context of base"));
  std::ofstream(text, std::ios::trunc) << "";
  CHECK_THAT(error_of(kSmall, {path, "eval.text.window=64"}), Contains("is empty"));
  fs::remove(text);
}
