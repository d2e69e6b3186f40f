#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/kv_type.h"
#include "rewards/rewards.h"
#include "rl/data.h"
#include "rl/selection.h"

namespace hone::rl {

struct Policy;
struct StageContext;

/// What is drawn from a model, and how it is judged.
struct DrawConfig {
  DataConfig data;
  std::vector<rewards::WeightedReward> reward;
  std::int64_t problems = 2048;
  std::int64_t samples = 4;
  std::int64_t max_new_tokens = 64;
  double temperature = 1.0;
  model::KvType kv_cache = model::KvType::kFloat;

  template <class V>
  void fields(V& v) {
    v("data", data, "problems that are answered");
    v("reward", reward, "how the samples are judged");
    v("problems", problems, "problems that are answered; of a file at most all of it", 1, 1 << 24);
    v("samples", samples, "completions a problem", 1, 4096);
    v("max_new_tokens", max_new_tokens, "longest completion", 1, 1 << 20);
    v("temperature", temperature, "sampling temperature", 0.01, 100.0);
    v("kv_cache", kv_cache, "keys and values as fp32 or bf16: what the model was trained with");
  }
};

/// Rejection sampling: a model's own answers, those that are good enough kept for supervised
/// learning. It leaves samples/rollouts.jsonl and no model.
/// Source: DeepSeek-R1, section 2.3.3.
struct RejectionConfig {
  static constexpr std::string_view kType = "rejection";
  std::string from;
  DrawConfig draw;
  SelectionConfig select;

  template <class V>
  void fields(V& v) {
    v("from", from, "a folder, .gguf file or org/name, or an earlier stage");
    draw.fields(v);
    select.fields(v);
  }
};

/// The model's scored completions of the stage's problems. The same whenever they are drawn.
/// Throws: Interrupted if the stage is asked to stop.
std::vector<rollout::Rollout> draw_samples(const Policy& policy, const DrawConfig& config,
                                           const StageContext& stage);

/// Keeps samples in rollouts.jsonl of a folder, which is there whole or not at all.
void write_samples(const std::vector<rollout::Rollout>& samples,
                   const std::vector<rewards::WeightedReward>& reward,
                   const std::filesystem::path& folder);

/// Draws, selects, and writes samples/rollouts.jsonl and rejection.json, the report. Where it is
/// interrupted it begins again and ends with the same bytes.
/// Throws: GuardError if no sample is kept; the report is written all the same.
void run_rejection(const RejectionConfig& config, StageContext& stage);

}  // namespace hone::rl
