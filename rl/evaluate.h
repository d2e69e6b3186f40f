#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rewards/rewards.h"
#include "rl/data.h"
#include "rollout/rollout.h"

namespace hone::model {
struct Decoder;
class Tokenizer;
}  // namespace hone::model

namespace hone::rl {

/// How every stage's model is measured, on the same held-out problems.
struct EvalConfig {
  DataConfig data;
  std::int64_t problems = 256;
  std::int64_t samples = 4;
  std::int64_t max_new_tokens = 64;
  double temperature = 1.0;

  template <class V>
  void fields(V& v) {
    v("data", data, "held-out problems");
    v("problems", problems, "problems measured", 1, 1 << 24);
    v("samples", samples, "completions a problem", 1, 4096);
    v("max_new_tokens", max_new_tokens, "longest completion", 1, 1 << 20);
    v("temperature", temperature, "sampling temperature", 0.01, 100.0);
  }
};

/// What was measured on a set of problems. Rates in [0, 1].
struct EvalResult {
  std::int64_t problems = 0;
  std::int64_t samples = 0;
  double pass_at_1 = 0;         // mean over problems of the share of right samples
  double pass_at_1_stderr = 0;  // over problems (clustered by problem), s / sqrt(n)
  double greedy = 0;            // share of problems right when decoded greedily
  double greedy_stderr = 0;
  std::vector<std::pair<std::int64_t, double>> pass_at_k;  // (k, unbiased estimate)
  double maj_at_k = 0;          // majority vote over all samples of a problem
  double format = 0;            // share of samples in the required form
  double mean_length = 0;       // tokens of a sampled completion
  double truncated = 0;         // share of samples cut off at the limit
};

/// 1 - C(n-c, k) / C(n, k): chance that k of n samples, c of them right, hold a right one.
/// Source: Chen et al. 2021 (2107.03374), eq. 1.
double pass_at_k(std::int64_t n, std::int64_t c, std::int64_t k);

}  // namespace hone::rl
