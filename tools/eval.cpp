#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/durable.h"
#include "model/error.h"
#include "model/settings.h"
#include "recipes/summary.h"
#include "rl/evaluate.h"
#include "rl/policy.h"
#include "tools/commands.h"
#include "tools/data_options.h"
#include "tools/process.h"
#include "tools/shared_options.h"

namespace hone::tools {
namespace {

struct EvalOptions {
  std::string model, data, json_file, prompt_template;
  std::vector<std::string> settings;
  bool chat = false;
  rl::ChatConfig chat_config;
  std::int64_t problems = 256;
  std::int64_t samples = 4;
  int threads = 0;
  std::uint64_t seed = 1;
  rollout::SamplingConfig sampling;
};

rl::DataConfig eval_data(const EvalOptions& options) {
  rl::DataConfig data = data_config(options.data, options.settings);
  if (data.dataset && !options.prompt_template.empty()) {
    data.dataset->prompt_template = options.prompt_template;
  }
  if (options.chat) data.chat = options.chat_config;
  return data;
}

void print_result(const rl::EvalResult& r) {
  std::printf("problems          %lld, %lld samples each\n", static_cast<long long>(r.problems),
              static_cast<long long>(r.samples));
  std::printf("pass@1 (sampled)  %.4f +- %.4f\n", r.pass_at_1, r.pass_at_1_stderr);
  std::printf("greedy            %.4f +- %.4f\n", r.greedy, r.greedy_stderr);
  for (const auto& [k, value] : r.pass_at_k) {
    if (k > 1) std::printf("pass@%-12lld %.4f\n", static_cast<long long>(k), value);
  }
  std::printf("maj@%-13lld %.4f\n", static_cast<long long>(r.samples), r.maj_at_k);
  std::printf("format            %.4f\n", r.format);
  std::printf("mean length       %.1f tokens, %.4f cut off\n", r.mean_length, r.truncated);
}

void run_eval(const EvalOptions& options) {
  set_threads(options.threads);
  const rl::Policy policy = rl::open_policy(options.model);
  const rl::EvalConfig config{eval_data(options),
                              options.problems,
                              options.samples,
                              options.sampling.max_new_tokens,
                              options.sampling.temperature,
                              options.sampling.top_p,
                              {}};
  const rl::EvalResult result = rl::evaluate(policy, config, options.seed, stop_on_signals());
  print_result(result);
  if (options.json_file.empty()) return;
  model::write_file_atomic(
      options.json_file,
      recipes::eval_json(options.model, policy.decoder.config.num_parameters(), result) + "\n");
}

}  // namespace

void add_eval(CLI::App& app) {
  const auto options = std::make_shared<EvalOptions>();
  CLI::App* command = app.add_subcommand("eval", "Measure a model on problems");
  add_model_option(*command, options->model);
  command->add_option("--data", options->data, "a JSONL file, or task:NAME (held-out problems)")
      ->required();
  command
      ->add_option("--set", options->settings,
                   "a setting of the task or the file, as key=value (see data)")
      ->allow_extra_args(false);
  command->add_option("--prompt-template", options->prompt_template,
                      "text around a file's questions, {prompt} standing for one; or r1-zero");
  CLI::Option* chat = command->add_flag("--chat", options->chat,
                                        "each problem goes through the model's chat template");
  command->add_option("--system", options->chat_config.system, "a system message before it")
      ->needs(chat);
  command
      ->add_option("--chat-variable", options->chat_config.variables,
                   "what else the template is given, as key=value; may repeat")
      ->allow_extra_args(false)
      ->needs(chat);
  command->add_option("--problems", options->problems, "problems measured; a file may have fewer")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  command->add_option("--samples", options->samples, "completions a problem")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  add_sampling_options(*command, options->sampling);
  command->add_option("--seed", options->seed, "picks problems and draws")->capture_default_str();
  add_threads_option(*command, options->threads);
  command->add_option("--json", options->json_file, "write the figures to this file too");
  command->footer(
      "Measures pass@1 with its standard error over problems, greedy accuracy, unbiased pass@k,\n"
      "majority vote, format and length.\n\n"
      "Examples:\n"
      "  hone eval runs/quickstart/zero/model --data task:lastdigit --set prompts=codes\n"
      "  hone eval MODEL --data test.jsonl --samples 16 --json result.json");
  command->callback([options] { run_eval(*options); });
}

}  // namespace hone::tools
