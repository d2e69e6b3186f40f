#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/decoder.h"
#include "rewards/rewards.h"
#include "rl/data.h"
#include "rl/preflight.h"
#include "rl/presets.h"
#include "rl/schedule.h"

namespace hone::rl {

struct StageContext;

/// A look at held-out problems while training goes on: the same ones each time. The first few are
/// kept as probes, so that the report can show how their answers change.
struct HeldOutConfig {
  std::int64_t every = 10;
  std::int64_t problems = 64;
  std::int64_t samples = 2;
  std::optional<DataConfig> data;

  template <class V>
  void fields(V& v) {
    v("every", every, "steps between looks; 0 never", 0, 1 << 30);
    v("problems", problems, "problems looked at", 1, 1 << 20);
    v("samples", samples, "completions a problem", 1, 4096);
    v("data", data, "where they come from; by default the held-out split of the stage's task");
  }
};

/// Group relative policy optimization with rule-based rewards.
struct GrpoConfig {
  static constexpr std::string_view kType = "grpo";
  std::string from;
  DataConfig data;
  std::vector<rewards::WeightedReward> reward;
  std::int64_t steps = 100;
  std::int64_t prompts_per_step = 32;
  std::int64_t group_size = 8;
  std::int64_t max_new_tokens = 64;
  double temperature = 1.0;
  std::int64_t updates_per_rollout = 1;
  bool dynamic_sampling = false;
  std::int64_t max_resamples = 3;
  LossConfig loss;
  std::int64_t micro_batch_tokens = 16384;
  bool gradient_checkpointing = false;
  model::KvType kv_cache = model::KvType::kFloat;
  std::int64_t checkpoint_every = 10;
  std::int64_t log_rollouts_every = 10;
  HeldOutConfig held_out;
  OptimizerConfig optimizer;
  PreflightConfig preflight;

  template <class V>
  void fields(V& v) {
    v("from", from, "checkpoint folder, or the name of an earlier stage");
    v("data", data, "training problems");
    v("reward", reward, "what is rewarded; the weighted sum counts");
    v("steps", steps, "rollout steps", 1, 1 << 30);
    v("prompts_per_step", prompts_per_step, "problems a step", 1, 1 << 20);
    v("group_size", group_size, "completions a problem", 2, 4096);
    v("max_new_tokens", max_new_tokens, "longest completion", 1, 1 << 20);
    v("temperature", temperature, "sampling temperature; divides the logits in training too", 0.01,
      100.0);
    v("updates_per_rollout", updates_per_rollout, "optimizer steps on each batch of rollouts", 1,
      64);
    v("dynamic_sampling", dynamic_sampling, "replace groups whose rewards are all equal");
    v("max_resamples", max_resamples, "rounds of replacements a step", 1, 100);
    v("loss", loss, "the policy loss");
    v("micro_batch_tokens", micro_batch_tokens, "tokens in memory at once; does not change results",
      1, 1 << 30);
    v("gradient_checkpointing", gradient_checkpointing,
      "recompute layers in the backward pass: less memory, more time; does not change results");
    v("kv_cache", kv_cache, "keys and values as fp32 or bf16, when sampled and when trained on");
    v("checkpoint_every", checkpoint_every, "steps between checkpoints", 1, 1 << 30);
    v("log_rollouts_every", log_rollouts_every, "steps between logged rollouts; 0 never", 0,
      1 << 30);
    v("held_out", held_out, "accuracy on held-out problems along the way");
    v("optimizer", optimizer, "AdamW and its learning rate");
    v("preflight", preflight, "what is asked of the starting model");
  }
};

void run_grpo(const GrpoConfig& config, StageContext& stage);

}  // namespace hone::rl
