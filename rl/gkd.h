#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/kv_type.h"
#include "model/lora.h"
#include "rewards/rewards.h"
#include "rl/data.h"
#include "rl/schedule.h"
#include "rl/start.h"

namespace hone::rl {

struct StageContext;

/// On-policy distillation: the student writes, and the teacher says at every token what it would
/// have written. Unlike reinforcement learning it has something to teach at each token of every
/// completion, and unlike supervised learning on traces it corrects the student's own mistakes.
/// The divergence is over the whole vocabulary, as in GKD and unlike a policy gradient on the
/// sampled tokens' log-probabilities (Thinking Machines 2025), so that it has no sampling noise.
/// Source: GKD, 2306.13649, with TRL's names.
/// Differs: where the student does not write, the teacher does (TRL's seq_kd), not a data set; the
/// temperature divides both distributions' logits too; TRL's lmbda and beta are 0.5 by default.
struct GkdConfig {
  static constexpr std::string_view kType = "gkd";
  std::string teacher;
  std::string from;
  std::optional<InitConfig> init;
  DataConfig data;
  std::vector<rewards::WeightedReward> reward;
  double lmbda = 1.0;
  double beta = 1.0;
  std::int64_t steps = 100;
  std::int64_t batch_size = 64;
  std::int64_t max_new_tokens = 64;
  double temperature = 1.0;
  std::int64_t micro_batch_tokens = 2048;
  bool gradient_checkpointing = false;
  model::KvType kv_cache = model::KvType::kFloat;
  std::int64_t checkpoint_every = 10;
  std::int64_t log_rollouts_every = 10;
  std::optional<model::LoraConfig> lora;
  OptimizerConfig optimizer;

  template <class V>
  void fields(V& v) {
    v("teacher", teacher, "a folder, .gguf file or org/name, or an earlier stage");
    v("from", from, "the student: a folder, .gguf file or org/name, or an earlier stage");
    v("init", init, "a new student, instead of from: random weights, or layers of another model");
    v("data", data, "problems that are answered");
    v("reward", reward, "what is recorded of the completions; teaches nothing here");
    v("lmbda", lmbda, "chance that the student writes a step's completions; else the teacher does",
      0.0, 1.0);
    v("beta", beta,
      "1: reverse KL (student || teacher), 0: forward KL, between: generalised Jensen-Shannon", 0.0,
      1.0);
    v("steps", steps, "optimizer steps", 1, 1 << 30);
    v("batch_size", batch_size, "problems a step, a completion each", 1, 1 << 24);
    v("max_new_tokens", max_new_tokens, "longest completion", 1, 1 << 20);
    v("temperature", temperature, "of sampling, and of both distributions", 0.01, 100.0);
    v("micro_batch_tokens", micro_batch_tokens, "tokens in memory at once; does not change results",
      1, 1 << 30);
    v("gradient_checkpointing", gradient_checkpointing,
      "recompute layers in the backward pass: less memory, more time; does not change results");
    v("kv_cache", kv_cache, "keys and values as fp32 or bf16, when sampled and when trained on");
    v("checkpoint_every", checkpoint_every, "steps between checkpoints", 1, 1 << 30);
    v("log_rollouts_every", log_rollouts_every, "steps between logged rollouts; 0 never", 0,
      1 << 30);
    v("lora", lora, "train low-rank adapters instead of all weights; model/ is then a PEFT folder");
    v("optimizer", optimizer, "AdamW and its learning rate");
  }
};

/// Throws: DataError where teacher and student have not the same vocabulary; GuardError for a
/// number that is not finite; Interrupted.
void run_gkd(const GkdConfig& config, StageContext& stage);

}  // namespace hone::rl
