#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/error.h"
#include "model/settings.h"
#include "rewards/tasks/tasks.h"
#include "tools/commands.h"
#include "tools/jsonl.h"

namespace hone::tools {
namespace {

using nlohmann::json;

struct Options {
  std::string task, split = "train", output;
  std::uint64_t count = 10, seed = 0;
  std::vector<std::string> settings;
  bool traces = false;
  rewards::TraceOptions trace;
};

void run(const Options& options) try {
  const auto task =
      rewards::task_by_name(options.task, model::settings_object(options.settings, "--set"));
  const auto split = options.split == "train" ? rewards::Split::kTrain : rewards::Split::kHeldOut;
  LineOutput output(options.output);
  for (std::uint64_t i = 0; i < options.count; ++i) {
    const rewards::TaskProblem problem = rewards::task_problem(*task, split, options.seed, i);
    nlohmann::ordered_json line = {{"prompt", problem.prompt},
                                   {"answer", problem.answer},
                                   {"metadata", json::parse(problem.metadata)}};
    if (options.traces) {
      rewards::Random random{options.seed, i, 1};
      line["completion"] = task->trace(problem, options.trace, random);
    }
    output.write(line);
  }
  output.finish();
} catch (const std::invalid_argument& error) {
  throw DataError("hone data", error.what());
}

}  // namespace

void add_data(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("data", "Write problems of a task as JSON lines");
  command->add_option("task", options->task, rewards::task_names())->required();
  command->add_option("--count", options->count, "how many problems")->capture_default_str();
  command->add_option("--seed", options->seed, "another seed, other problems")
      ->capture_default_str();
  command->add_option("--set", options->settings, "a setting of the task, as key=value; may repeat")
      ->allow_extra_args(false);
  command->add_option("--split", options->split, "train or heldout: they share no problem")
      ->check(CLI::IsMember({"train", "heldout"}))
      ->capture_default_str();
  command->add_flag("--traces", options->traces, "add a \"completion\": a worked solution");
  command->add_option("--long-share", options->trace.long_share, "share of traces with every step")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--wrong-steps", options->trace.wrong_steps, "chance of a wrong step")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command
      ->add_option("--mixed-steps", options->trace.mixed_steps,
                   "chance of a step in the other language, where a task has two")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--output", options->output, "a file; default: standard output");
  command->footer(
      "Examples:\n"
      "  hone data lastdigit --count 1000 --set max_operations=6\n"
      "  hone data addition --traces --wrong-steps 0.02 --split heldout --output test.jsonl");
  command->callback([options] { run(*options); });
}

}  // namespace hone::tools
