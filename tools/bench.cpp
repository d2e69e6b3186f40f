#include <CLI/CLI.hpp>
#include <memory>

#include "rl/bench.h"
#include "tools/commands.h"
#include "tools/jsonl.h"
#include "tools/process.h"

namespace hone::tools {
namespace {

struct Options {
  std::string model;
  rl::BenchConfig bench;
  int threads = 0;
};

void run(const Options& options) {
  set_threads(options.threads);
  const rl::BenchResult r = rl::bench_grpo(options.model, options.bench);
  LineOutput output("");
  output.write({{"step_s", r.step_s},
                {"rollout_s", r.rollout_s},
                {"train_s", r.train_s},
                {"rollout_tokens_per_s", r.rollout_tokens_per_s},
                {"train_tokens_per_s", r.train_tokens_per_s},
                {"peak_rss_mb", peak_rss_mb()},
                {"gemm_gflops_peak", r.gemm_gflops_peak},
                {"utilization", r.utilization}});
  output.finish();
}

}  // namespace

void add_bench(CLI::App& app) {
  CLI::App* bench = app.add_subcommand("bench", "Time the parts of a training step");
  bench->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  CLI::App* command = bench->add_subcommand(
      "grpo", "GRPO steps on a fixed prompt, every completion run to its full length");
  command->add_option("MODEL", options->model, "checkpoint folder")->required();
  const auto count = [&](const char* name, std::int64_t& value, const char* help) {
    command->add_option(name, value, help)->check(CLI::Range(1, 1 << 24))->capture_default_str();
  };
  count("--prompts", options->bench.prompts, "prompts a step");
  count("--group", options->bench.group, "completions a prompt");
  count("--prompt-tokens", options->bench.prompt_tokens, "tokens of a prompt");
  count("--new-tokens", options->bench.new_tokens, "tokens of a completion");
  count("--steps", options->bench.steps, "steps timed, after one that is not");
  command->add_option("--threads", options->threads, "CPU threads [one a core]")
      ->check(CLI::Range(1, 1024));
  command->footer(
      "Prints one JSON line; times are medians over the steps, utilization is the share of the\n"
      "matrix-multiply peak, measured in the same process, that the whole step reaches.\n\n"
      "Example:\n"
      "  hone bench grpo MODEL --prompts 16 --group 8 --prompt-tokens 64 --new-tokens 64 --steps "
      "5");
  command->callback([options] { run(*options); });
}

}  // namespace hone::tools
