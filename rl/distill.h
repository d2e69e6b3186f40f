#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/lora.h"
#include "rewards/rewards.h"
#include "rl/data.h"
#include "rl/schedule.h"
#include "rl/start.h"

namespace hone::rl {

struct StageContext;

/// Distillation by supervised fine-tuning on a teacher's verified samples (DeepSeek-R1,
/// section 2.4).
struct DistillConfig {
  static constexpr std::string_view kType = "distill";
  std::string teacher;
  std::string traces;
  std::string from;
  std::optional<InitConfig> init;
  DataConfig data;
  std::vector<rewards::WeightedReward> reward;
  double min_reward = 1.0;
  std::int64_t problems = 2048;
  std::int64_t samples = 4;
  std::int64_t max_new_tokens = 64;
  double temperature = 1.0;
  std::int64_t steps = 100;
  std::int64_t batch_size = 64;
  std::int64_t micro_batch_tokens = 2048;
  bool gradient_checkpointing = false;
  std::int64_t checkpoint_every = 100;
  double mtp_loss_weight = 0.3;
  std::optional<model::LoraConfig> lora;
  OptimizerConfig optimizer;

  template <class V>
  void fields(V& v) {
    v("teacher", teacher, "a folder, .gguf file or org/name, or an earlier stage");
    v("traces", traces,
      "samples recorded before, instead of new ones: a rejection or distill stage, file or folder");
    v("from", from, "the student: a folder, .gguf file or org/name, or an earlier stage");
    v("init", init, "a new student, instead of from: random weights, or layers of another model");
    v("data", data, "problems the teacher answers");
    v("reward", reward, "how the teacher's samples are verified");
    v("min_reward", min_reward, "samples below this weighted reward are dropped", -1e9, 1e9);
    v("problems", problems, "problems the teacher answers", 1, 1 << 24);
    v("samples", samples, "completions a problem", 1, 4096);
    v("max_new_tokens", max_new_tokens, "longest completion", 1, 1 << 20);
    v("temperature", temperature, "sampling temperature of the teacher", 0.01, 100.0);
    v("steps", steps, "optimizer steps of the student", 1, 1 << 30);
    v("batch_size", batch_size, "sequences an optimizer step", 1, 1 << 24);
    v("micro_batch_tokens", micro_batch_tokens, "tokens in memory at once; does not change results",
      1, 1 << 30);
    v("gradient_checkpointing", gradient_checkpointing,
      "recompute layers in the backward pass: less memory, more time; does not change results");
    v("checkpoint_every", checkpoint_every, "steps between checkpoints", 1, 1 << 30);
    v("mtp_loss_weight", mtp_loss_weight,
      "weight of the loss of a layer for multi-token prediction, where the student has one", 0.0,
      100.0);
    v("lora", lora, "train low-rank adapters instead of all weights; model/ is then a PEFT folder");
    v("optimizer", optimizer, "AdamW and its learning rate");
  }
};

void run_distill(const DistillConfig& config, StageContext& stage);

}  // namespace hone::rl
