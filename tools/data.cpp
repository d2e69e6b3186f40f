#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "model/durable.h"
#include "model/error.h"
#include "model/settings.h"
#include "rewards/json_fields.h"
#include "rewards/tasks/tasks.h"
#include "rl/dataset_lint.h"
#include "tools/commands.h"
#include "tools/data_options.h"
#include "tools/jsonl.h"

namespace hone::tools {
namespace {

using nlohmann::json;

struct DataOptions {
  std::string source, split = "train", output, json_file;
  std::uint64_t count = 10, seed = 0;
  std::vector<std::string> settings;
  bool traces = false, lint = false;
  rewards::TraceOptions trace;
};

void write_task(const DataOptions& options) {
  const auto task =
      rewards::task_by_name(options.source, model::settings_object(options.settings, "--set"));
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
}

/// A file's problems as a stage is given them, in its order.
void write_file(const DataOptions& options) {
  const auto dataset = data_config(options.source, options.settings).dataset.value();
  const auto problems = rollout::read_dataset(dataset, options.seed);
  LineOutput output(options.output);
  for (std::uint64_t i = 0; i < std::min(options.count, problems->size()); ++i) {
    const rollout::Problem problem = problems->at(i);
    output.write({{"prompt", problem.prompt},
                  {"answer", problem.answer},
                  {"metadata", json::parse(problem.metadata.empty() ? "{}" : problem.metadata)}});
  }
  output.finish();
}

using Finding = rollout::DatasetReport::Finding;

/// What lint has to say, in the order it is said.
std::vector<std::pair<std::string, const Finding*>> findings_of(const rl::DatasetLint& lint) {
  return {{"unusable", &lint.report.unusable},   {"duplicates", &lint.report.duplicates},
          {"conflicts", &lint.report.conflicts}, {"contaminated", &lint.report.contaminated},
          {"unverified", &lint.unverified},      {"not_of_type", &lint.not_of_type}};
}

nlohmann::ordered_json lint_json(const std::string& path, const rl::DatasetLint& lint) {
  nlohmann::ordered_json object = {{"path", path},
                                   {"lines", lint.report.lines},
                                   {"problems", lint.problems},
                                   {"longest_prompt", lint.longest_prompt}};
  for (const auto& [name, finding] : findings_of(lint)) {
    object[name] = {{"count", finding->count}, {"examples", finding->examples}};
  }
  return object;
}

void write_lint(const DataOptions& options) {
  const auto dataset = data_config(options.source, options.settings).dataset.value();
  const rl::DatasetLint lint = rl::lint_dataset(dataset);
  std::printf("%s: %lld lines, %lld problems, the longest prompt has %lld bytes\n",
              options.source.c_str(), static_cast<long long>(lint.report.lines),
              static_cast<long long>(lint.problems), static_cast<long long>(lint.longest_prompt));
  const std::map<std::string, const char*> meanings = {
      {"unusable", "no question or no answer"},
      {"duplicates", "the question was there before"},
      {"conflicts", "of them with another answer"},
      {"contaminated", "words shared with the evaluation problems; dropped"},
      {"unverified", "reference answers that are not right by their own verifier"},
      {"not_of_type", "reference answers that are no number, as gold_type says"}};
  for (const auto& [name, finding] : findings_of(lint)) {
    std::printf("  %-12s %8lld  %s\n", name.c_str(), static_cast<long long>(finding->count),
                meanings.at(name));
    for (const std::string& example : finding->examples) std::printf("      %s\n", example.c_str());
  }
  if (options.json_file.empty()) return;
  using ordered_json = nlohmann::ordered_json;
  model::write_file_atomic(
      options.json_file,
      lint_json(options.source, lint).dump(2, ' ', false, ordered_json::error_handler_t::replace) +
          "\n");
}

/// A task's name goes before a file of that name; a name with a point or a slash is a file.
bool is_file(const std::string& source) {
  rewards::TaskConfig task;
  return !rewards::choose_type(source, task) &&
         (source.find_first_of("./") != std::string::npos || std::filesystem::exists(source));
}

void run_data(const DataOptions& options) try {
  if (options.lint && !is_file(options.source)) {
    throw DataError("--lint", "a JSONL file", "\"" + options.source + "\"");
  }
  if (options.lint) return write_lint(options);
  if (is_file(options.source)) return write_file(options);
  write_task(options);
} catch (const std::invalid_argument& error) {
  throw DataError("hone data", error.what());
}

}  // namespace

void add_data(CLI::App& app) {
  const auto options = std::make_shared<DataOptions>();
  CLI::App* command =
      app.add_subcommand("data", "Write problems of a task or a file as JSON lines; lint a file");
  command->add_option("source", options->source, rewards::task_names() + ", or a JSONL file")
      ->required();
  command->add_option("--count", options->count, "how many problems")->capture_default_str();
  command->add_option("--seed", options->seed, "another seed, other problems")
      ->capture_default_str();
  command
      ->add_option("--set", options->settings,
                   "a setting of the task or the file, as key=value; may repeat")
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
  command->add_flag("--lint", options->lint,
                    "of a file: say what is wrong with it instead (duplicates, missing answers, "
                    "answers that do not verify against themselves, ...)");
  command->add_option("--json", options->json_file, "write what --lint found to this file too");
  command->add_option("--output", options->output, "a file; default: standard output");
  command->footer(
      "Examples:\n"
      "  hone data lastdigit --count 1000 --set max_operations=6\n"
      "  hone data addition --traces --wrong-steps 0.02 --split heldout --output test.jsonl\n"
      "  hone data train.jsonl --set preset=gsm8k --count 3\n"
      "  hone data train.jsonl --set preset=gsm8k --set decontaminate=test.jsonl --lint");
  command->callback([options] { run_data(*options); });
}

}  // namespace hone::tools
