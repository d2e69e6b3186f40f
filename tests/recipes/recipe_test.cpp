#include "recipes/recipe.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "model/error.h"
#include "tests/recipes/support.h"
#include "tests/support/temp_folder.h"
#include "tests/support/text_of.h"

using namespace hone::recipes;
namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using hone::RecipeError;
using hone::recipes::test::error_of;
using hone::recipes::test::kSmall;
using hone::recipes::test::load;
using hone::recipes::test::replace;

namespace {

// The error after one line of the small recipe was changed.
std::string error_with(const std::string& from, const std::string& to) {
  return error_of(replace(kSmall, from, to));
}

}  // namespace

TEST_CASE("a recipe is read into typed stages") {
  const Recipe recipe = load(kSmall);
  CHECK(recipe.name == "my");
  CHECK(recipe.seed == 3);
  REQUIRE(recipe.stages.size() == 3);
  CHECK(recipe.stages[0].name == "base");
  CHECK(std::get<hone::rl::SftConfig>(recipe.stages[0].config).init.value().hidden_size == 32);
  const auto& grpo = std::get<hone::rl::GrpoConfig>(recipe.stages[1].config);
  CHECK(grpo.from == "base");
  REQUIRE(grpo.reward.size() == 2);
  CHECK(grpo.reward[1].weight == 0.1);
  CHECK(std::holds_alternative<hone::rewards::FormatConfig>(grpo.reward[1].config));
  CHECK(stage_type(recipe.stages[2]) == "distill");
  CHECK(stage_inputs(recipe.stages[2]) == std::vector<std::string>{"zero"});
}

TEST_CASE("a recipe's dump loads as the same recipe") {
  const Recipe recipe = load(kSmall);
  const std::string dump = dump_recipe(recipe);
  const Recipe again = load(dump);
  CHECK(dump_recipe(again) == dump);
  CHECK(diff_recipes(recipe, again).empty());
}

TEST_CASE("overrides reach stages and the recipe's own keys") {
  const Recipe recipe =
      load(kSmall, {"seed=9", "zero.steps=5", "zero.optimizer.decay=linear", "eval.problems=3",
                    "zero.reward.1.weight=0.5", "base.data.task.type=parity",
                    "base.data.task.max_bits=9", "name=other"});
  CHECK(recipe.seed == 9);
  CHECK(recipe.name == "other");
  CHECK(recipe.eval.value().problems == 3);
  const auto& grpo = std::get<hone::rl::GrpoConfig>(recipe.stages[1].config);
  CHECK(grpo.steps == 5);
  CHECK(grpo.optimizer.decay == hone::rl::Decay::kLinear);
  CHECK(grpo.reward[1].weight == 0.5);
  CHECK(diff_recipes(load(kSmall), load(kSmall, {"zero.steps=5"})) ==
        std::vector<std::string>{"zero.steps: 2 -> 5"});
}

TEST_CASE("a gate names another reward of its stage") {
  const Recipe recipe = load(kSmall, {"zero.reward.0.gate=format"});
  CHECK(std::get<hone::rl::GrpoConfig>(recipe.stages[1].config).reward[0].gate == "format");
  CHECK_THAT(error_of(kSmall, {"zero.reward.0.gate=formt"}),
             Catch::Contains("zero.reward.0.gate") && Catch::Contains("did you mean format"));
  CHECK_THAT(error_of(kSmall, {"zero.reward.0.gate=answer"}),
             Catch::Contains("names the reward itself"));
}

TEST_CASE("a preset of a data set is one that is known") {
  const std::string data =
      "data.task = {type = \"lastdigit\", max_operations = 5, prompts = \"codes\"}";
  const std::string file = std::string(HONE_SOURCE_DIR) + "/tests/fuzz/seeds/dataset/math.jsonl";
  const auto with = [&](const std::string& rest) {
    return replace(kSmall, data, "data.dataset = {path = \"" + file + "\", " + rest + "}");
  };
  const Recipe recipe = load(with("preset = \"math\", metadata_columns = [\"level\"]"));
  const auto& config = std::get<hone::rl::GrpoConfig>(recipe.stages[1].config);
  CHECK(config.data.dataset->metadata_columns == std::vector<std::string>{"level"});
  CHECK_THAT(error_of(with("preset = \"maths\"")),
             Catch::Contains("zero.data.dataset.preset") && Catch::Contains("did you mean math"));
  CHECK_THAT(error_of(with("preset = \"math\", decontaminate = \"none.jsonl\"")),
             Catch::Contains("zero.data.dataset.decontaminate"));
  CHECK_THAT(error_of(with("extract = \"boxed\"")), Catch::Contains("last_boxed"));
}

TEST_CASE("overrides are refused like the file's own values") {
  CHECK(error_of(kSmall, {"zer.steps=5"}) ==
        "--set zer.steps=5: zer.steps: unknown stage or key; known here: name, seed, eval, base, "
        "zero, student; did you mean zero?");
  CHECK_THAT(error_of(kSmall, {"zero.stepz=5"}),
             Catch::StartsWith("--set zero.stepz=5: zero.stepz: unknown key"));
  CHECK_THAT(error_of(kSmall, {"zero.group_size=1"}), Catch::Contains("out of range"));
  CHECK_THAT(error_of(kSmall, {"zero.from=bas"}),
             Catch::StartsWith("--set zero.from=bas: zero.from:"));
  CHECK_THAT(error_of(kSmall, {"zero"}), Catch::Contains("stage.key=value"));
}

TEST_CASE("stage names are unique folder names") {
  CHECK_THAT(error_with("name = \"base\"", ""), Catch::Contains("stage 1.name: missing"));
  CHECK_THAT(error_with("name = \"base\"", "name = \"a/b\""), Catch::Contains("names a folder"));
  CHECK_THAT(error_with("name = \"base\"", "name = \"..\""), Catch::Contains("names a folder"));
  CHECK_THAT(error_with("name = \"base\"", "name = \"eval\""), Catch::Contains("is taken"));
  CHECK_THAT(error_with("name = \"zero\"", "name = \"base\""),
             Catch::Contains("stage 2.name: \"base\" is an earlier stage's name"));
  CHECK_THAT(error_of("name = \"a/b\""), Catch::StartsWith("my.toml:1:8: name:"));
  CHECK_THAT(error_of("seed = 1"), Catch::Contains("at least one [[stage]]"));
}

TEST_CASE("a stage starts from one thing that exists") {
  CHECK(error_with("from = \"base\"", "from = \"bass\"") ==
        "my.toml:23:8: zero.from: \"bass\" is neither a folder, a .gguf file nor an earlier stage; "
        "stages: base; "
        "did you mean base?");
  CHECK_THAT(error_with("from = \"base\"", "from = \"student\""), Catch::Contains("comes later"));
  CHECK_THAT(error_with("from = \"base\"", "from = \"zero\""), Catch::Contains("on itself"));
  CHECK_THAT(error_with("from = \"base\"", "from = \"/tmp\""), Catch::Contains("config.json"));
  CHECK_THAT(error_with("from = \"base\"", ""), Catch::Contains("zero.from: missing"));
  CHECK_THAT(error_with("teacher = \"zero\"", "teacher = \"zero\"\nfrom = \"base\""),
             Catch::Contains("student.init: contradicts"));
  CHECK_THAT(error_with("teacher = \"zero\"", ""), Catch::Contains("student.teacher: missing"));
  CHECK_THAT(error_with("init = {hidden_size = 32}", ""), Catch::Contains("base: expected `from`"));
}

TEST_CASE("problems come from one place") {
  const std::string task =
      "data.task = {type = \"lastdigit\", max_operations = 5, prompts = \"codes\"}";
  CHECK_THAT(error_with(task, ""), Catch::Contains("zero.data: expected zero.data.task or"));
  CHECK_THAT(error_with(task, task + "\ndata.dataset.path = \"x\""),
             Catch::Contains("zero.data.dataset: contradicts"));
  CHECK(error_with(task, "data.dataset.path = \"/nowhere.jsonl\"") ==
        "my.toml:24:21: zero.data.dataset.path: expected a file that can be read, got "
        "\"/nowhere.jsonl\"");
  const std::string sft_task =
      "data.task = {type = \"lastdigit\", min_operations = 4, max_operations = 6, prompts = "
      "\"codes\"}";
  CHECK_THAT(error_with(sft_task + "\ndata.long_share = 0.5", "data.path = \"/nowhere\""),
             Catch::StartsWith("my.toml:13:13: base.data.path: expected a file"));
  CHECK_THAT(error_with(sft_task, "data.path = \"/nowhere\""),
             Catch::Contains("base.data.long_share: has no effect here; it goes with `task` or"));
  CHECK_THAT(error_with(sft_task, ""), Catch::Contains("expected base.data.task or"));
  CHECK_THAT(error_with("data.long_share = 0.5", "data.path = \"x\""),
             Catch::Contains("base.data.path: contradicts"));
  CHECK_THAT(error_with("max_operations = 5", "max_operations = 3"),
             Catch::StartsWith("my.toml:24:13: zero.data.task: "));
}

TEST_CASE("a new model may be named by its architecture alone") {
  const Recipe recipe =
      load(replace(kSmall, "init = {hidden_size = 16}", "init = \"deepseek_v3\""));
  const auto& student = std::get<hone::rl::DistillConfig>(recipe.stages[2].config);
  CHECK(student.init.value().architecture == "deepseek_v3");
  CHECK(student.init.value().n_routed_experts == 8);
  const Recipe again = load(dump_recipe(recipe));
  CHECK(diff_recipes(recipe, again).empty());
  CHECK(std::get<hone::rl::SftConfig>(load(kSmall, {"base.init=qwen3_moe"}).stages[0].config)
            .init.value()
            .architecture == "qwen3_moe");
  const auto error = [](const std::string& init) {
    return error_with("init = {hidden_size = 16}", "init = " + init);
  };
  CHECK_THAT(error("\"deepseek_v4\""), Contains("deepseek_v3"));
  CHECK_THAT(error("3"), Contains("a table or a string"));
  CHECK_THAT(error("{architecture = \"deepseek_v3\", head_dim = 16}"),
             Contains("student.init.head_dim") && Contains("no meaning"));
  CHECK_THAT(error("{kv_lora_rank = 16}"), Contains("no meaning in a new qwen3"));
  CHECK_THAT(error("{n_routed_experts = 16}"), Contains("no meaning"));
  const auto deepseek = [&](const std::string& settings) {
    return error("{architecture = \"deepseek_v3\", " + settings + "}");
  };
  CHECK(deepseek("n_group = 4, topk_group = 2") == "no error");
  CHECK_THAT(deepseek("n_group = 3"), Contains("a divisor of n_routed_experts = 8"));
  CHECK_THAT(deepseek("n_group = 8, topk_group = 2"), Contains("groups of two experts"));
  CHECK_THAT(deepseek("num_experts_per_tok = 9"), Contains("at most 8"));
  CHECK_THAT(deepseek("topk_group = 2"), Contains("at most n_group = 1"));
  CHECK_THAT(deepseek("first_k_dense_replace = 3"), Contains("less than num_hidden_layers"));
  CHECK_THAT(deepseek("qk_rope_head_dim = 7"), Contains("an even number"));
}

TEST_CASE("a new model may be made of layers of another one") {
  const auto with = [](const std::string& init) {
    return replace(kSmall, "init = {hidden_size = 16}", "init = " + init);
  };
  const auto error = [&](const std::string& init) { return error_of(with(init)); };
  const Recipe recipe = load(with("{from = \"zero\", layers = \"every_other\"}"));
  const auto& student = std::get<hone::rl::DistillConfig>(recipe.stages[2].config);
  CHECK(student.init.value().from == "zero");
  CHECK((student.init.value().layers == hone::rl::LayerChoice("every_other")));
  CHECK(stage_inputs(recipe.stages[2]) == std::vector<std::string>{"zero", "zero"});
  const Recipe numbered = load(with("{from = \"base\", layers = [0, 2]}"));
  CHECK(stage_inputs(numbered.stages[2]) == std::vector<std::string>{"base", "zero"});
  CHECK(diff_recipes(numbered, load(dump_recipe(numbered))).empty());
  CHECK(dump_recipe(numbered).find("layers = [0, 2]") != std::string::npos);
  CHECK(diff_recipes(
            load(with("{from = \"base\", layers = [0, 2]}")),
            load(with("{from = \"base\", layers = [0, 2]}"), {"student.init.layers=[1, 2]"})) ==
        std::vector<std::string>{"student.init.layers: [0, 2] -> [1, 2]"});
  CHECK(error_of(with("{from = \"base\", layers = [0, 2]}"), {"student.init.layers=every_other"}) ==
        "no error");

  CHECK(error("{from = \"zero\", layers = \"greedy\"}") == "no error");
  CHECK_THAT(error("{from = \"zero\"}"), Contains("student.init.layers: missing; expected "));
  CHECK_THAT(error("{layers = [0]}"), Contains("student.init.layers: needs `from`"));
  CHECK_THAT(error("{from = \"zero\", layers = \"every_third\"}"),
             Contains("student.init.layers: got \"every_third\", expected one of: every_other"));
  CHECK_THAT(error("{from = \"zero\", layers = 3}"),
             Contains("student.init.layers: expected a string or an array of integers"));
  CHECK_THAT(error("{from = \"zero\", layers = [0, \"a\"]}"), Contains("an array of integers"));
  CHECK_THAT(error("{from = \"zero\", layers = [-1]}"),
             Contains("student.init.layers: out of range"));
  CHECK_THAT(error("{from = \"zero\", layers = [0, 3]}"),
             Contains("student.init.layers: expected layers from 0 to 2, got 3"));
  CHECK_THAT(error("{from = \"zero\", layers = [0, 0]}"), Contains("each layer once"));
  CHECK_THAT(error("{from = \"zero\", layers = [2, 1]}"), Contains("in ascending order"));
  CHECK_THAT(error("{from = \"zero\", layers = []}"), Contains("at least one layer"));
  CHECK_THAT(
      error("{from = \"zer\", layers = [0]}"),
      Contains(
          "student.init.from: \"zer\" is neither a folder, a .gguf file nor an earlier stage"));
  CHECK_THAT(error("{from = \"student\", layers = [0]}"), Contains("cannot build on itself"));
  CHECK_THAT(error("{from = \"zero\", layers = [0], hidden_size = 64}"),
             Contains("student.init.hidden_size: contradicts `from`"));
  CHECK_THAT(error("{from = \"zero\", layers = [0], architecture = \"llama\"}"),
             Contains("student.init.architecture: contradicts `from`"));
  CHECK_THAT(error("{from = \"zero\", layers = [0], tokenizer = {type = \"char\"}}"),
             Contains("student.init.tokenizer.type: contradicts `from`"));
  CHECK_THAT(error_of(with("{from = \"zero\", layers = [0]}"), {"student.from=base"}),
             Contains("student.init: contradicts `from`"));
  CHECK_THAT(error_of(with("{from = \"zero\", layers = [0]}"), {"student.lora.r=8"}),
             Contains("student.lora: contradicts `init`"));
  // A student of a student has that one's layers.
  const std::string chain = with("{from = \"zero\", layers = [0, 2]}") +
                            "\n[[stage]]\nname = \"smaller\"\ntype = \"sft\"\n"
                            "data.task = {type = \"lastdigit\"}\n"
                            "init = {from = \"student\", layers = ";
  CHECK(error_of(chain + "[1]}\n") == "no error");
  CHECK_THAT(error_of(chain + "[2]}\n"),
             Contains("smaller.init.layers: expected layers from 0 to 1"));
  CHECK_THAT(error_of(chain + "\"every_other\"}\n"),
             Contains("smaller.init.layers: half of the layers: 3 are needed at least, and there "
                      "are 2"));
  const std::string on_policy = kSmall + R"(
[[stage]]
name = "own"
type = "gkd"
teacher = "zero"
data.task = {type = "lastdigit"}
init = {from = "zero", layers = "greedy"}
)";
  CHECK_THAT(error_of(on_policy), Contains("own.init.layers: greedy goes by completions"));
}

TEST_CASE("contradictions between fields are found") {
  CHECK_THAT(error_with("hidden_size = 32}", "hidden_size = 32, head_dim = 5}"),
             Catch::Contains("base.init.head_dim: expected an even number"));
  CHECK_THAT(error_with("hidden_size = 32}", "num_key_value_heads = 3}"),
             Catch::Contains("expected a divisor of num_attention_heads = 4, got 3"));
  CHECK_THAT(error_with("hidden_size = 32}", "architecture = \"qwen4\"}"),
             Catch::Contains("base.init.architecture: got \"qwen4\""));
  CHECK_THAT(error_with("hidden_size = 32}", "tokenizer.type = \"bpe\"}"),
             Catch::Contains("base.init.tokenizer.vocab_size: missing"));
  CHECK_THAT(error_of(kSmall, {"student.init.tokenizer.type=char"}),
             Catch::Contains("student.init.tokenizer: a student takes its teacher's"));
  CHECK_THAT(error_with("hidden_size = 32}", "max_position_embeddings = 64}"),
             Catch::Contains("base.max_length: longer than the model's context of 64"));
  CHECK_THAT(error_with("max_new_tokens = 32", "max_new_tokens = 512"),
             Catch::Contains("zero.max_new_tokens: 512 new tokens and a prompt do not fit"));
  CHECK_THAT(error_of(kSmall, {"eval.max_new_tokens=512"}), Catch::Contains("eval.max_new_tokens"));
  CHECK_THAT(error_of(kSmall, {"zero.optimizer.warmup_steps=3"}),
             Catch::Contains("zero.optimizer.warmup_steps: longer than the stage"));
  CHECK_THAT(error_of(kSmall, {"zero.reward=[]"}), Catch::Contains("zero.reward: expected"));
  CHECK_THAT(error_of(kSmall, {"zero.reward.1.type=answer"}),
             Catch::Contains("two rewards are called \"answer\""));
  CHECK_THAT(error_of(kSmall, {"zero.reward.0.weight=0", "zero.reward.1.weight=0"}),
             Catch::Contains("nothing to learn from"));
  CHECK_THAT(error_of(kSmall, {"zero.held_out={every = 0, keep_best = true}"}),
             Catch::Contains("zero.held_out.keep_best: needs looks at held-out problems"));
  CHECK_THAT(error_of(kSmall, {"zero.held_out={every = 0, patience = 2}"}),
             Catch::Contains("zero.held_out.patience: needs looks at held-out problems"));
  CHECK_THAT(error_of(kSmall, {"eval.reward=[{type = \"format\"}, {type = \"format\"}]"}),
             Catch::Contains("two rewards are called \"format\""));
  CHECK_THAT(error_of(kSmall, {"eval.reward=[{type = \"format\", weight = 0.5}]"}),
             Catch::Contains("eval.reward.0.weight: an evaluation reports each reward by itself"));
  CHECK(error_of(kSmall, {"eval.reward=[{type = \"format\"}]"}) == "no error");
}

TEST_CASE("adapters need weights, layers that exist, and one shape along a chain") {
  CHECK(error_of(kSmall, {"zero.lora.r=8"}) == "no error");
  CHECK_THAT(error_of(kSmall, {"base.lora.r=8"}), Catch::Contains("base.lora: contradicts `init`"));
  CHECK_THAT(error_of(kSmall, {"zero.lora.target_modules=[\"q_prj\"]"}),
             Catch::Contains("did you mean q_proj?"));
  CHECK_THAT(error_of(kSmall, {"zero.lora.target_modules=[\"q_proj\", \"q_proj\"]"}),
             Catch::Contains("names \"q_proj\" twice"));
  CHECK_THAT(error_of(kSmall, {"zero.lora.target_modules=[]"}), Catch::Contains("at least one"));
  const std::string more = kSmall + R"(
[[stage]]
name = "more"
type = "grpo"
steps = 2
from = "zero"
data.task = {type = "lastdigit", prompts = "codes"}
max_new_tokens = 32
reward = [{type = "answer"}]
lora = {r = 8}
)";
  CHECK(error_of(more) == "no error");
  CHECK(error_of(more, {"zero.lora.r=8"}) == "no error");
  CHECK_THAT(error_of(more, {"zero.lora.r=4"}), Catch::Contains("more.lora: differs"));
}

TEST_CASE("no two stages draw the same random numbers") {
  CHECK_THAT(error_of(kSmall, {"student.stream=0"}),
             Catch::Contains("student.stream: stage \"base\" has the stream 0 too"));
  CHECK(error_of(kSmall, {"student.stream=7"}) == "no error");
}

TEST_CASE("a loss whose settings cannot work together is refused") {
  const auto error = [](const std::vector<std::string>& settings) {
    std::vector<std::string> overrides;
    for (const std::string& setting : settings) overrides.push_back("zero." + setting);
    return error_of(kSmall, overrides);
  };
  CHECK_THAT(error({"ref_model_sync_steps=2"}),
             Catch::Contains("zero.ref_model_sync_steps: there is no reference to move"));
  CHECK_THAT(error({"loss.kl_unbiased=true"}),
             Catch::Contains("zero.loss.kl_unbiased: there is no KL in the loss"));
  CHECK_THAT(error({"loss.preset=rloo", "loss.kl_coef=0.1",
                    "loss.multi_objective_aggregation=normalize_then_sum"}),
             Catch::Contains("zero.loss.multi_objective_aggregation"));
  CHECK_THAT(error({"loss.entropy_coef_min=2"}), Catch::Contains("more than entropy_coef_max"));
  CHECK_THAT(error({"loss.importance_sampling_min=4"}),
             Catch::Contains("more than importance_sampling_max"));
  CHECK_THAT(error({"loss.preset=vespo", "loss.importance_sampling=sequence_mask"}),
             Catch::Contains("choose token_truncate or token_mask"));
  CHECK_THAT(error({"difficulty.min_pass_rate=0.9", "difficulty.max_pass_rate=0.1"}),
             Catch::Contains("zero.difficulty.min_pass_rate: more than max_pass_rate"));
  CHECK_THAT(
      error({"loss.multi_objective_aggregation=normalize_then_sum", "loss.advantage_scale=none"}),
      Catch::Contains("has its own baseline and scale"));
  CHECK_THAT(error({"dynamic_sampling=true", "loss.preset=reinforce_pp"}),
             Catch::Contains("zero.dynamic_sampling: drops groups of equal sums"));
  CHECK_THAT(error({"loss.preset=cispo", "loss.dual_clip=3"}),
             Catch::Contains("zero.loss.dual_clip: has no effect"));
  CHECK_THAT(error({"loss.preset=gpg", "loss.ratio=sequence"}),
             Catch::Contains("zero.loss.ratio: has no effect"));
  CHECK(error({"loss.preset=gmpo", "loss.kl_coef=0.1", "loss.kl_unbiased=true",
               "ref_model_sync_steps=2"}) == "no error");
}

TEST_CASE("a bad file is one clear error") {
  CHECK_THROWS_WITH(load_recipe("/nowhere.toml"),
                    "/nowhere.toml: expected a recipe (a TOML file) that can be read");
  CHECK_THROWS_AS(load_recipe("/tmp"), RecipeError);
}

TEST_CASE("the keys of all stages are described") {
  const std::string keys = recipe_keys();
  for (const char* part : {"seed", "stage.name", "stage.type = \"grpo\"", "stage.group_size",
                           "stage.init.hidden_size", "stage.reward.N.weight", "eval.problems"}) {
    CHECK_THAT(keys, Catch::Contains(part));
  }
}

// Recipes for the user's own files, or for a model that is fetched first: they name checkpoints
// that are not there.
const std::set<std::string> kForOwnFiles = {"gsm8k",   "r1-zero", "r1",
                                            "distill", "smollm2", "smollm2-short"};

TEST_CASE("every recipe that comes with hone loads") {
  // Started in a folder without models, as a new clone is: tools/fetch-model puts one into this
  // one.
  const hone::tests::TempFolder folder;
  const fs::path before = fs::current_path();
  fs::create_directory_symlink(fs::path(HONE_SOURCE_DIR) / "recipes", folder.path() / "recipes");
  fs::current_path(folder.path());
  const std::shared_ptr<void> restore(nullptr, [&](void*) { fs::current_path(before); });
  int count = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(HONE_SOURCE_DIR) / "recipes")) {
    if (entry.path().extension() != ".toml") continue;
    INFO(entry.path());
    ++count;
    const std::string text = hone::tests::text_of(entry.path());
    Places places;
    Recipe recipe = parse_recipe(text, entry.path(), {}, places);
    if (kForOwnFiles.count(entry.path().stem()) == 0) {
      CHECK_NOTHROW(validate(recipe, places));
    } else {
      CHECK_THROWS_WITH(validate(recipe, places),
                        Catch::Contains("is neither a folder, a .gguf file nor"));
    }
    CHECK(recipe.name == entry.path().stem());
    CHECK(diff_recipes(recipe, parse_recipe(dump_recipe(recipe), "x.toml", {}, places)).empty());
  }
  CHECK(count >= 9);
}
