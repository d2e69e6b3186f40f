#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include "model/durable.h"
#include "recipes/eval_json.h"
#include "rl/evaluate.h"
#include "rl/policy.h"
#include "tools/commands.h"
#include "tools/data_options.h"
#include "tools/eval_table.h"
#include "tools/harness_files.h"
#include "tools/process.h"
#include "tools/shared_options.h"

namespace hone::tools {
namespace {

constexpr std::int64_t kUsualWindow = 512;

struct EvalOptions {
  std::string model, data, json_file, output_path, prompt_template;
  std::vector<std::string> settings, readings;
  bool chat = false;
  rl::ChatConfig chat_config;
  std::int64_t problems = 256;
  std::int64_t samples = 4;
  std::int64_t show = 0;
  int threads = 0;
  std::uint64_t seed = 1;
  rollout::SamplingConfig sampling;
  rl::TextConfig text{.path = "", .window = 0};
};

rl::DataConfig eval_data(const EvalOptions& options) {
  rl::DataConfig data = data_config(options.data, options.settings);
  if (!options.prompt_template.empty()) {
    if (!data.dataset) {
      throw DataError("--prompt-template", "a file: a task has prompts of its own", options.data);
    }
    data.dataset->prompt_template = options.prompt_template;
  }
  if (options.chat) data.chat = options.chat_config;
  return data;
}

/// The harness's names of filters are understood, too.
std::string own_name(const std::string& reading) {
  if (reading == "strict-match") return "hash";
  return reading == "flexible-extract" ? "last_number" : reading;
}

rl::MeasureConfig measure_config(const EvalOptions& options) {
  rl::MeasureConfig config;
  config.data = eval_data(options);
  config.problems = options.problems;
  config.samples = options.samples;
  config.max_new_tokens = options.sampling.max_new_tokens;
  config.temperature = options.sampling.temperature;
  config.top_p = options.sampling.top_p;
  std::vector<std::string> names;
  for (const std::string& reading : options.readings) {
    const std::string name = own_name(reading);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  if (names.empty()) return config;
  config.reading = rewards::reading_by_name(names.front()).value();
  config.more_readings.assign(names.begin() + 1, names.end());
  return config;
}

rl::TextResult text_result(const rl::Policy& policy, rl::TextConfig text) {
  if (text.window == 0) {
    text.window = std::min(kUsualWindow, policy.decoder.config.max_position_embeddings);
  }
  return rl::measure_text(policy, text, stop_on_signals());
}

void run_eval(const EvalOptions& options) {
  if (options.data.empty() && options.text.path.empty()) {
    throw CLI::RequiredError("--data or --text");
  }
  set_threads(options.threads);
  const auto start = std::chrono::system_clock::now();
  const rl::Policy policy = rl::open_policy(options.model);
  const bool answers = !options.data.empty();
  const rl::MeasureConfig config = answers ? measure_config(options) : rl::MeasureConfig{};
  rl::Completions completions;
  std::optional<rl::TextResult> text;  // first: a text that cannot be read costs nothing else
  if (!options.text.path.empty()) text = text_result(policy, options.text);
  rl::EvalResult result;
  if (answers) {
    rl::verifier_of(config.data, config.reading);  // what cannot be judged is not sampled first
    completions = rl::complete(policy, config, options.seed, stop_on_signals());
    result = rl::judge_completions(completions, config);
    result.settings = rl::settings_of(config, options.seed);
  }
  result.text = text;

  std::fputs(eval_table(result).c_str(), stdout);
  if (answers) {
    std::fputs(no_answer_text(completions, config).c_str(), stdout);
    std::fputs(shown_completions(completions, config, options.show).c_str(), stdout);
  }
  const std::int64_t parameters = policy.decoder.config.num_parameters();
  if (!options.json_file.empty()) {
    model::write_file_atomic(options.json_file,
                             recipes::eval_json(options.model, parameters, result) + "\n");
  }
  if (options.output_path.empty()) return;
  const auto written = write_harness_files(
      options.output_path,
      {options.model, parameters, start, result, completions, config, options.text.path});
  std::printf("\n");
  for (const auto& path : written) std::printf("written: %s\n", path.string().c_str());
}

/// Flags that say how problems become prompts.
void add_prompt_options(CLI::App& command, EvalOptions& options) {
  command.add_option("--prompt-template", options.prompt_template,
                     "text around a file's questions, {prompt} standing for one; or r1-zero");
  CLI::Option* chat = command.add_flag("--chat", options.chat,
                                       "each problem goes through the model's chat template");
  command.add_option("--system", options.chat_config.system, "a system message before it")
      ->needs(chat);
  command
      .add_option("--chat-variable", options.chat_config.variables,
                  "what else the template is given, as key=value; may repeat")
      ->allow_extra_args(false)
      ->needs(chat);
}

/// Flags that say how answers are found, and what is shown of them.
void add_answer_options(CLI::App& command, EvalOptions& options) {
  std::vector<std::string> names = {"strict-match", "flexible-extract"};
  for (const std::string_view name : enum_names(rewards::Reading{})) names.emplace_back(name);
  command
      .add_option("--answer", options.readings,
                  "how the answer is found in a completion: " + rewards::reading_names() +
                      "; several with commas, of the same completions [auto]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember(names));
  command
      .add_option("--show", options.show,
                  "print so many completions with their prompts, verdicts and reasons")
      ->check(CLI::Range(0, 1 << 24));
}

void add_text_options(CLI::App& command, rl::TextConfig& text) {
  CLI::Option* file =
      command.add_option("--text", text.path, "measure the perplexity of a text file");
  command
      .add_option("--window", text.window,
                  "tokens of the text read at once [512, or the model's context]")
      ->check(CLI::Range(2, 1 << 20))
      ->needs(file);
  command.add_option("--text-bytes", text.max_bytes, "measure only the start of the text")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
      ->needs(file);
}

}  // namespace

void add_eval(CLI::App& app) {
  const auto options = std::make_shared<EvalOptions>();
  CLI::App* command = app.add_subcommand("eval", "Measure a model on problems");
  add_model_option(*command, options->model);
  command->add_option("--data", options->data, "a JSONL file, or task:NAME (held-out problems)");
  command
      ->add_option("--set", options->settings,
                   "a setting of the task or the file, as key=value (see data)")
      ->allow_extra_args(false);
  add_prompt_options(*command, *options);
  add_answer_options(*command, *options);
  command->add_option("--problems", options->problems, "problems measured; a file may have fewer")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  command->add_option("--samples", options->samples, "completions a problem")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  add_sampling_options(*command, options->sampling);
  command->add_option("--seed", options->seed, "picks problems and draws")->capture_default_str();
  add_text_options(*command, options->text);
  add_threads_option(*command, options->threads);
  command->add_option("--json", options->json_file, "write the figures to this file too");
  command->add_option("--output-path,--output_path", options->output_path,
                      "write lm-evaluation-harness's results_TIME.json and samples_TASK_TIME.jsonl "
                      "into this folder");
  command->footer(
      "Measures pass@1 with its standard error over problems, greedy accuracy, unbiased pass@k,\n"
      "majority vote, format and length, and says in how many completions no answer was found.\n\n"
      "How an answer is found (--answer), always after the reasoning:\n"
      "  auto         in <answer>, else in \\boxed{}; a task judges the whole text where no "
      "<answer> is\n"
      "  tags, boxed  only in <answer>; only in \\boxed{}\n"
      "  math         as the reward math does: boxes, \"final answer is\", formulas, numbers\n"
      "  last_number  the last number (lm-evaluation-harness: flexible-extract)\n"
      "  hash         the number after \"#### \" (lm-evaluation-harness: strict-match of GSM8K)\n"
      "  mentioned    the reference answer stands among the words; for short facts, easily "
      "fooled\n\n"
      "Examples:\n"
      "  hone eval runs/quickstart/zero/model --data task:lastdigit --set prompts=codes\n"
      "  hone eval MODEL --data test.jsonl --samples 16 --json result.json\n"
      "  hone eval MODEL --data gsm8k.jsonl --set preset=gsm8k --chat --max-new-tokens 512 \\\n"
      "      --answer hash,last_number --show 3\n"
      "  hone eval MODEL --text wiki.txt --window 1024");
  command->callback([options] { run_eval(*options); });
}

}  // namespace hone::tools
