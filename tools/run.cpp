#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "model/adapter_files.h"
#include "model/config.h"
#include "recipes/pipeline.h"
#include "tools/commands.h"
#include "tools/process.h"
#include "tools/progress.h"
#include "tools/report/report.h"
#include "tools/shared_options.h"

namespace hone::tools {
namespace {

struct RunOptions {
  std::string recipe, out, stage, device = "auto";
  std::vector<std::string> overrides;
  int threads = 0;
  bool fresh = false, keys = false;
};

void train(const recipes::Stage& stage, rl::StageContext& context) {
  struct Run {
    rl::StageContext& context;
    void operator()(const rl::SftConfig& config) const { rl::run_sft(config, context); }
    void operator()(const rl::GrpoConfig& config) const { rl::run_grpo(config, context); }
    void operator()(const rl::RejectionConfig& config) const { rl::run_rejection(config, context); }
    void operator()(const rl::DistillConfig& config) const { rl::run_distill(config, context); }
    void operator()(const rl::GkdConfig& config) const { rl::run_gkd(config, context); }
  };
  std::visit(Run{context}, stage.config);
}

std::int64_t parameters(const std::filesystem::path& model) {
  return model::read_config(model::base_folder(model)).num_parameters();
}

void run_recipe(const RunOptions& options) {
  if (options.keys) {
    std::cout << recipes::recipe_keys();
    return;
  }
  if (options.recipe.empty()) throw CLI::RequiredError("RECIPE");
  check_device(options.device);
  const recipes::Recipe recipe = recipes::load_recipe(options.recipe, options.overrides);
  set_threads(options.threads);

  recipes::RunOptions run_options;
  run_options.folder = options.out;
  run_options.only_stage = options.stage;
  run_options.fresh = options.fresh;
  run_options.stop = stop_on_signals();
  const std::filesystem::path folder = recipes::run_folder(recipe, run_options);
  {
    Progress progress;
    run_options.observer = [&](const std::string& stage) { return progress.observer(stage); };
    recipes::run_pipeline(recipe, run_options, {train, rl::evaluate_model, parameters});
  }
  const std::filesystem::path report = folder / "report.html";
  write_report({folder}, report);
  std::cout << "report: " << report.string() << "\n";
}

}  // namespace

void add_run(CLI::App& app) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      app.add_subcommand("run", "Run a recipe: train, evaluate and report, stage by stage");
  command->add_option("RECIPE", options->recipe, "the recipe, a TOML file");
  command->add_option("--out", options->out, "run folder [runs/NAME]");
  command
      ->add_option("--set", options->overrides,
                   "change one setting of the recipe: stage.key=value; may be given again")
      ->allow_extra_args(false);
  command->add_option("--stage", options->stage, "run this stage only");
  add_threads_option(*command, options->threads);
  command->add_option("--device", options->device, "auto, cpu or cuda")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  command->add_flag("--fresh", options->fresh,
                    "start over: forget what hone made in the run folder (with --stage: of that "
                    "stage and of those built on it)");
  command->add_flag("--keys", options->keys, "list every key that a recipe may have, and end");
  command->footer(
      "What is finished is skipped, so after an interruption the same command goes on.\n"
      "Paths in a recipe are relative to the folder hone is started in.\n\n"
      "Examples:\n"
      "  hone run recipes/quickstart.toml\n"
      "  hone run recipes/quickstart.toml --out runs/seed2 --set seed=2 --set zero.steps=80\n"
      "  hone run recipes/quickstart.toml --stage student --fresh");
  command->callback([options] { run_recipe(*options); });
}

}  // namespace hone::tools
