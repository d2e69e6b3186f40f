#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/kv_type.h"
#include "model/lora.h"
#include "rewards/rewards.h"
#include "rl/data.h"
#include "rl/difficulty.h"
#include "rl/held_out.h"
#include "rl/loss_config.h"
#include "rl/preflight.h"
#include "rl/schedule.h"

namespace hone::rl {

struct StageContext;

/// Group relative policy optimization with rule-based rewards.
struct GrpoConfig {
  static constexpr std::string_view kType = "grpo";
  std::string from;
  DataConfig data;
  DifficultyConfig difficulty;
  std::string replay;
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
  std::int64_t ref_model_sync_steps = 0;
  double ref_model_mixup_alpha = 1.0;
  std::int64_t micro_batch_tokens = 1024;
  std::int64_t reuse_activations_mb = 512;
  bool gradient_checkpointing = false;
  model::KvType kv_cache = model::KvType::kFloat;
  std::int64_t checkpoint_every = 10;
  std::int64_t log_rollouts_every = 10;
  HeldOutConfig held_out;
  std::optional<model::LoraConfig> lora;
  OptimizerConfig optimizer;
  PreflightConfig preflight;
  std::vector<std::string> controls;

  template <class V>
  void fields(V& v) {
    v("from", from, "a folder, .gguf file or org/name, or an earlier stage");
    v("data", data, "training problems");
    v("difficulty", difficulty, "which of them, by the starting model's pass rate");
    v("replay", replay,
      "train on recorded rollouts instead: a rollouts/ folder of another run, or one file");
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
    v("ref_model_sync_steps", ref_model_sync_steps,
      "steps after which the KL's reference moves to the policy; 0 never", 0, 1 << 30);
    v("ref_model_mixup_alpha", ref_model_mixup_alpha,
      "how far it moves: 1 becomes the policy, less is an average", 0.0, 1.0);
    v("micro_batch_tokens", micro_batch_tokens, "tokens in memory at once; does not change results",
      1, 1 << 30);
    v("reuse_activations_mb", reuse_activations_mb,
      "memory for what sampling computes and training would compute again; does not change results",
      0, 1 << 30);
    v("gradient_checkpointing", gradient_checkpointing,
      "recompute layers in the backward pass: less memory, more time; does not change results");
    v("kv_cache", kv_cache, "keys and values as fp32 or bf16, when sampled and when trained on");
    v("checkpoint_every", checkpoint_every, "steps between checkpoints", 1, 1 << 30);
    v("log_rollouts_every", log_rollouts_every, "steps between logged rollouts; 0 never", 0,
      1 << 30);
    v("held_out", held_out, "accuracy on held-out problems along the way");
    v("lora", lora, "train low-rank adapters instead of all weights; model/ is then a PEFT folder");
    v("optimizer", optimizer, "AdamW and its learning rate");
    v("preflight", preflight, "what is asked of the starting model");
    v("controls", controls,
      "stages beside this one that show what its gain is not: random, shuffled, format, sft");
  }
};

/// Trains stage.folder/model, from where it was interrupted if it was. With `replay` no problem is
/// sampled for training and no pre-flight made: step n trains on the n-th recorded step, with the
/// recipe's rewards and the recorded log-probabilities, so that temperature should be the one that
/// was recorded. From the same start and with the same settings the result is the same, byte for
/// byte. With `held_out.keep_best` the model is that of the best look, the last weights being
/// looked at too; with `held_out.patience` the stage may end before `steps`, and says why. Throws:
/// GuardError where RL cannot learn or a number is not finite; Interrupted; DataError.
void run_grpo(const GrpoConfig& config, StageContext& stage);

}  // namespace hone::rl
