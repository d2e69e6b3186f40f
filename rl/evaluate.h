#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rewards/rewards.h"
#include "rl/data.h"
#include "rl/evaluate_stats.h"
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

}  // namespace hone::rl
