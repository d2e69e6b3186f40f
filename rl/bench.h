#pragma once

#include <cstdint>
#include <filesystem>

namespace hone::rl {

/// The work of a benchmark: one optimizer step a GRPO step, no KL, fp32, no end token.
struct BenchConfig {
  std::int64_t prompts = 16;
  std::int64_t group = 8;
  std::int64_t prompt_tokens = 64;
  std::int64_t new_tokens = 64;
  std::int64_t steps = 5;
};

/// Medians over the steps.
struct BenchResult {
  double step_s = 0;
  double rollout_s = 0;
  double train_s = 0;
  double rollout_tokens_per_s = 0;  // completion tokens
  double train_tokens_per_s = 0;    // prompt and completion tokens, a prompt once a completion
  double gemm_gflops_peak = 0;      // fp32, the best of LibTorch's matrix product in this process
  double utilization = 0;  // 6 FLOPs a parameter and trained token + 2 a decoded one, over the peak
};

/// Times GRPO steps as run_grpo makes them. Throws: DataError for a bad checkpoint.
BenchResult bench_grpo(const std::filesystem::path& model, const BenchConfig& config);

}  // namespace hone::rl
