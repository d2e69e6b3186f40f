#pragma once

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace hone::tests {

/// What an example run folder is like. Its curves are made up, in the shape of real ones.
struct ExampleRun {
  std::string name = "quickstart";
  bool learns = true;
  bool finished = true;
  unsigned seed = 1;
};

inline void put_text(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

/// Writes RUN/STAGE/metrics.jsonl, rollouts/ and recipe.toml of three stages, and summary.json.
inline void make_example_run(const std::filesystem::path& folder, const ExampleRun& example) {
  using json = nlohmann::ordered_json;
  std::mt19937 random(example.seed);
  const auto noise = [&] { return static_cast<double>(random()) / 4294967296.0 - 0.5; };
  const auto sft = [&](const std::string& stage, int steps, double floor) {
    std::string lines;
    for (int step = 1; step <= steps; ++step) {
      const double t = static_cast<double>(step) / steps;
      json row{{"step", step}, {"loss", floor + 2.6 * std::exp(-9 * t) + 0.05 * noise()}};
      row["mean_token_accuracy"] = 0.78 - 0.6 * std::exp(-8 * t) + 0.02 * noise();
      row["grad_norm"] = 0.4 + 2 * std::exp(-6 * t) + 0.2 * std::abs(noise());
      row["learning_rate"] = 3e-3 * (step < 20 ? step / 20.0 : 0.5 + 0.5 * std::cos(3.1416 * t));
      row["num_tokens"] = 4096 * step;
      row["time/step"] = 0.21 + 0.03 * noise();
      if (step % 50 == 0) row["held-out/accuracy"] = 0.31 * (1 - std::exp(-4 * t)) + 0.02 * noise();
      lines += row.dump() + "\n";
    }
    put_text(folder / stage / "metrics.jsonl", lines);
    put_text(folder / stage / "recipe.toml",
             "type = \"sft\"\nsteps = " + std::to_string(steps) + "\nbatch_size = 64\n");
  };
  const auto rollout = [&](int step, int problem, int sample, bool right) {
    const std::string think = step < 30 ? "3+4=7" : "3+4=7,7*3=1,1+5=6,6*9=4";
    json row{{"step", step}, {"problem", problem}, {"sample", sample}};
    row["prompt"] = "Start " + std::to_string(problem + 3) + ": +4 *3 +5 *9. Last digit?\n<think>";
    row["completion"] = think + "</think><answer>" + (right ? "4" : "8") + "</answer>";
    row["answer"] = "4";
    row["reward"] = right ? 1.1 : 0.1;
    row["advantage"] = right ? 0.7 : -0.7;
    row["rewards"] = {{"answer", right ? 1.0 : 0.0}, {"format", 1.0}};
    row["details"] = {{"answer", right ? "4 equals 4" : "8 is not 4"},
                      {"format", "one think, one answer, nothing after"}};
    row["finish_reason"] = "stop";
    row["prompt_ids"] = {1, 2, 3};
    row["completion_ids"] = std::vector<int>(think.size() + 18, 5);
    row["logprobs"] = std::vector<double>(think.size() + 18, -0.1);
    row["policy_version"] = step - 1;
    return row.dump() + "\n";
  };

  sft("base", 600, 0.55);
  const int steps = example.finished ? 150 : 63;
  std::string lines;
  for (int step = 1; step <= steps; ++step) {
    const double t = example.learns ? 1 / (1 + std::exp(-(step - 55) / 14.0)) : 0.02;
    const double right = 0.3 + 0.67 * t + 0.1 * noise() * (1.1 - t);
    json row{{"step", step}, {"reward", right + 0.1}, {"reward_std", 0.45 * (1 - t) + 0.02}};
    row["rewards/answer/mean"] = right;
    row["frac_reward_zero_std"] = std::min(1.0, std::max(0.0, 0.1 + 0.75 * t + 0.1 * noise()));
    row["loss"] = 0.02 * noise();
    row["grad_norm"] = 0.3 + 0.2 * noise();
    row["learning_rate"] = 1e-3 * std::min(1.0, step / 10.0);
    row["entropy"] = 0.42 - 0.3 * t + 0.03 * noise();
    row["kl"] = 0.09 * t + 0.004 * std::abs(noise());
    row["clip_ratio/region_mean"] = 0.004 + 0.003 * noise();
    row["completions/mean_length"] = 14 + 22 * t + 2 * noise();
    row["completions/mean_length_right"] = 15 + 22 * t;
    row["completions/mean_length_wrong"] = 12 + 30 * t;
    row["completions/reflection_words"] = 0.5 * t;
    row["rollouts/distinct_answers"] = 5 - 3 * t;
    row["completions/clipped_ratio"] = 0.01 * std::abs(noise());
    row["sampling/sampling_logp_difference/max"] = 0.0;
    row["num_tokens"] = 20480 * step;
    row["time/step"] = 1.4;
    row["perf/rollout_tokens_per_s"] = 21000 + 900 * noise();
    if (step % 15 == 0) row["held-out/accuracy"] = 0.3 + 0.67 * t;
    if (step % 15 == 0) {
      row["eval/pass@1"] = 0.3 + 0.67 * t;
      for (const char* k : {"2", "8", "16"}) {
        row[std::string("eval/pass@") + k] = 0.5 + 0.49 * t;
      }
      row["eval/format"] = 0.9 + 0.09 * t;
    }
    lines += row.dump() + "\n";
    std::string samples;
    for (int problem = 0; problem < 2; ++problem) {
      for (int sample = 0; sample < 4; ++sample) {
        samples += rollout(step, (step + problem) % 7, sample, noise() + 0.5 < right);
      }
    }
    char name[32];
    std::snprintf(name, sizeof name, "step-%06d.jsonl", step);
    put_text(folder / "zero" / "rollouts" / name, samples);
  }
  put_text(folder / "zero" / "metrics.jsonl", lines);
  put_text(folder / "zero" / "recipe.toml",
           "type = \"grpo\"\nsteps = 150\ngroup_size = 8\n\n[loss]\npreset = \"dapo\"\n");
  if (!example.finished) return;
  sft("student", 300, 0.12);

  json summary{{"name", example.name}, {"seconds", 492.4}};
  summary["stages"] = {{{"name", "base"}, {"type", "sft"}, {"seconds", 140.2}},
                       {{"name", "zero"}, {"type", "grpo"}, {"seconds", 262.0}},
                       {{"name", "student"}, {"type", "distill"}, {"seconds", 90.2}}};
  const auto eval = [](const char* model, int parameters, double pass, double length) {
    return json{{"model", model},
                {"parameters", parameters},
                {"problems", 256},
                {"samples", 4},
                {"pass@1", pass},
                {"pass@1_stderr", std::sqrt(pass * (1 - pass) / 256)},
                {"greedy", pass},
                {"pass@4", 1 - std::pow(1 - pass, 2.2)},
                {"maj@4", pass},
                {"format", 0.9 + 0.0999 * pass},
                {"truncated", 0.002},
                {"mean_length", length},
                {"rewards/language_consistency", 0.873 + 0.1 * pass},
                {"pass@1/number_sorting", 0.5 * pass},
                {"pass@1/<lastdigit>", pass}};
  };
  const double end = example.learns ? 0.978 : 0.318;
  summary["evals"] = {eval("base", 416256, 0.306, 14.2), eval("zero", 416256, end, 14.2 + 22 * end),
                      eval("student", 98112, end * 0.94, 13 + 22 * end)};
  put_text(folder / "summary.json", summary.dump(2));
}

}  // namespace hone::tests
