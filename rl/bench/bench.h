#pragma once

#include <filesystem>

#include "rl/bench/work.h"

namespace hone::rl {

// Times what a user waits for: medians over `work.steps` steps, after one that warms up. fp32, no
// end token. FLOPs are those of flops.h; set against the peaks of peaks.h, which are best measured
// afterwards: they take memory.
//
// Each throws: DataError for a bad checkpoint, or for rows longer than its context.

struct GrpoTimes {
  double step_s = 0;  // rollouts and training; the two lines below are their parts
  double rollout_s = 0;
  double train_s = 0;
  double rollout_tokens_per_s = 0;  // completion tokens
  double train_tokens_per_s = 0;    // prompt and completion tokens, a prompt once a completion
  double flops = 0;                 // of a step
};

/// GRPO steps as run_grpo makes them, one optimizer step each, without a KL.
GrpoTimes bench_grpo(const std::filesystem::path& model, const BenchWork& work);

struct TrainTimes {
  double step_s = 0;
  double train_tokens_per_s = 0;  // as in GrpoTimes
  double flops = 0;               // of a step
};

/// The training half of the same step alone, on fixed completions.
TrainTimes bench_train(const std::filesystem::path& model, const BenchWork& work);

struct DecodeTimes {
  double step_s = 0;                // one more token for every row, the prompts left out
  double rollout_s = 0;             // the whole call: prompts, all tokens, the engine's set-up
  double decode_tokens_per_s = 0;   // of the steps alone
  double rollout_tokens_per_s = 0;  // of the whole call
  double flops = 0;                 // of a step, the mean over all positions
  double weight_bytes = 0;          // that a step reads
};

/// All rows at once, as `work.prompts` prompts of `work.group` completions. The steps' time is the
/// difference between a call that draws `new_tokens` (2 at least) and one that draws a single
/// token, which does all the same but the steps; each pair of calls is made side by side.
DecodeTimes bench_decode(const std::filesystem::path& model, const BenchWork& work);

}  // namespace hone::rl
