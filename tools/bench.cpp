#include <CLI/CLI.hpp>
#include <memory>

#include "model/error.h"
#include "rl/bench/bench.h"
#include "rl/bench/peaks.h"
#include "tools/commands.h"
#include "tools/jsonl.h"
#include "tools/process.h"
#include "tools/shared_options.h"

namespace hone::tools {
namespace {

struct BenchOptions {
  std::string model;
  rl::BenchWork work;
  std::int64_t rows = 32;     // train
  std::int64_t tokens = 128;  // train
  int threads = 0;
};

void print_json(const nlohmann::ordered_json& line) {
  LineOutput output("");
  output.write(line);
  output.finish();
}

/// The share of the peak that `flops` in `seconds` reach.
double share(double flops, double seconds, double gflops_peak) {
  return flops / seconds / (gflops_peak * 1e9);
}

void run_grpo(const BenchOptions& options) {
  set_threads(options.threads);
  const rl::GrpoTimes times = rl::bench_grpo(options.model, options.work);
  const double rss = peak_rss_mb();
  const double peak = rl::gemm_gflops_peak();
  print_json({{"step_s", times.step_s},
              {"rollout_s", times.rollout_s},
              {"train_s", times.train_s},
              {"rollout_tokens_per_s", times.rollout_tokens_per_s},
              {"train_tokens_per_s", times.train_tokens_per_s},
              {"peak_rss_mb", rss},
              {"gemm_gflops_peak", peak},
              {"utilization", share(times.flops, times.step_s, peak)}});
}

void run_decode(const BenchOptions& options) {
  set_threads(options.threads);
  const rl::DecodeTimes times = rl::bench_decode(options.model, options.work);
  const double rss = peak_rss_mb();
  const double peak = rl::gemm_gflops_peak();
  const double memory_peak = rl::memory_gb_per_s_peak();
  const double weights_gb_per_s = times.weight_bytes * 1e-9 / times.step_s;
  print_json({{"step_s", times.step_s},
              {"rollout_s", times.rollout_s},
              {"decode_tokens_per_s", times.decode_tokens_per_s},
              {"rollout_tokens_per_s", times.rollout_tokens_per_s},
              {"peak_rss_mb", rss},
              {"gemm_gflops_peak", peak},
              {"utilization", share(times.flops, times.step_s, peak)},
              {"memory_gb_per_s_peak", memory_peak},
              {"weights_gb_per_s", weights_gb_per_s},
              {"bandwidth_utilization", weights_gb_per_s / memory_peak}});
}

/// Rows of `tokens` tokens as groups of completions.
rl::BenchWork train_work(const BenchOptions& options) {
  rl::BenchWork work = options.work;
  if (options.rows % work.group != 0) {
    throw DataError("--rows", "whole groups of " + std::to_string(work.group),
                    std::to_string(options.rows));
  }
  if (options.tokens <= work.prompt_tokens) {
    throw DataError("--tokens", "more than the prompt's " + std::to_string(work.prompt_tokens),
                    std::to_string(options.tokens));
  }
  work.prompts = options.rows / work.group;
  work.new_tokens = options.tokens - work.prompt_tokens;
  return work;
}

void run_train(const BenchOptions& options) {
  set_threads(options.threads);
  const rl::TrainTimes times = rl::bench_train(options.model, train_work(options));
  const double rss = peak_rss_mb();
  const double peak = rl::gemm_gflops_peak();
  print_json({{"step_s", times.step_s},
              {"train_s", times.step_s},
              {"train_tokens_per_s", times.train_tokens_per_s},
              {"peak_rss_mb", rss},
              {"gemm_gflops_peak", peak},
              {"utilization", share(times.flops, times.step_s, peak)}});
}

void count(CLI::App* command, const char* name, std::int64_t& value, const char* help,
           int least = 1) {
  command->add_option(name, value, help)->check(CLI::Range(least, 1 << 24))->capture_default_str();
}

/// What all three have.
CLI::App* add_kind(CLI::App& bench, const std::string& name, const std::string& help,
                   const std::shared_ptr<BenchOptions>& options, void (*run)(const BenchOptions&)) {
  CLI::App* command = bench.add_subcommand(name, help);
  add_model_option(*command, options->model);
  count(command, "--steps", options->work.steps, "steps timed, after one that is not");
  add_threads_option(*command, options->threads);
  command->callback([options, run] { run(*options); });
  return command;
}

void add_grpo(CLI::App& bench) {
  const auto options = std::make_shared<BenchOptions>();
  rl::BenchWork& work = options->work;
  CLI::App* command =
      add_kind(bench, "grpo", "GRPO steps: rollouts to their full length, then one optimizer step",
               options, run_grpo);
  count(command, "--prompts", work.prompts, "prompts a step");
  count(command, "--group", work.group, "completions a prompt");
  count(command, "--prompt-tokens", work.prompt_tokens, "tokens of a prompt");
  count(command, "--new-tokens", work.new_tokens, "tokens of a completion");
  command->footer(
      "Prints one JSON line; times are medians over the steps, utilization is the share of the\n"
      "matrix-multiply peak, measured in the same process, that the whole step reaches.\n\n"
      "Example:\n"
      "  hone bench grpo MODEL --prompts 16 --group 8 --prompt-tokens 64 --new-tokens 64 --steps "
      "5");
}

void add_decode(CLI::App& bench) {
  const auto options = std::make_shared<BenchOptions>();
  rl::BenchWork& work = options->work;
  work.prompts = 1;
  work.group = 1;
  CLI::App* command =
      add_kind(bench, "decode", "Token after token for a batch of prompts", options, run_decode);
  count(command, "--batch", work.prompts, "sequences at once, each with a prompt of its own");
  count(command, "--prompt-tokens", work.prompt_tokens, "tokens of a prompt");
  count(command, "--new-tokens", work.new_tokens, "tokens of a completion", 2);
  command->footer(
      "Prints one JSON line. step_s and decode_tokens_per_s are of the decoding steps alone: a "
      "call\n"
      "that draws all tokens less one that draws the first. rollout_s and rollout_tokens_per_s "
      "are\n"
      "of the whole call, prompts included. utilization is the steps' share of the "
      "matrix-multiply\n"
      "peak; weights_gb_per_s is what reading every weight once a step comes to,\n"
      "bandwidth_utilization its share of memory_gb_per_s_peak (above 1 where caches hold "
      "weights).\n\n"
      "Example:\n"
      "  hone bench decode MODEL --batch 8 --prompt-tokens 64 --new-tokens 128");
}

void add_train(CLI::App& bench) {
  const auto options = std::make_shared<BenchOptions>();
  rl::BenchWork& work = options->work;
  work.group = 1;
  work.prompt_tokens = 1;
  CLI::App* command =
      add_kind(bench, "train", "Forward, backward and the optimizer on fixed completions", options,
               run_train);
  count(command, "--rows", options->rows, "completions a step");
  count(command, "--tokens", options->tokens, "tokens of a completion and its prompt", 2);
  count(command, "--prompt-tokens", work.prompt_tokens, "the first of them, which have no loss");
  count(command, "--group", work.group, "rows that share a prompt");
  command->footer(
      "Prints one JSON line; times are medians over the steps, utilization is the share of the\n"
      "matrix-multiply peak, measured in the same process.\n\n"
      "Example:\n"
      "  hone bench train MODEL --rows 32 --tokens 256 --prompt-tokens 128 --group 8");
}

}  // namespace

void add_bench(CLI::App& app) {
  CLI::App* bench = app.add_subcommand("bench", "Time a training step, or one half of it");
  bench->require_subcommand(1);
  add_grpo(*bench);
  add_decode(*bench);
  add_train(*bench);
}

}  // namespace hone::tools
