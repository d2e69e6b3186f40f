#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/config.h"
#include "rollout/engine.h"

namespace hone::rl {

/// The work of one step of a benchmark: `prompts` prompts of equal length, `group` completions of
/// each, every one run to its full length.
struct BenchWork {
  std::int64_t prompts = 16;
  std::int64_t group = 8;
  std::int64_t prompt_tokens = 64;
  std::int64_t new_tokens = 64;
  std::int64_t steps = 5;  // that are timed, after one that is not

  std::int64_t rows() const { return prompts * group; }
};

/// Throws: DataError with `place` if a row is longer than the model's context.
void check_work(const BenchWork& work, const model::ModelConfig& config, const std::string& place);

/// The prompts, no two neighbours alike, their ids spread over the vocabulary.
std::vector<rollout::Request> bench_requests(const BenchWork& work, std::int64_t vocab_size);

/// Completions of `new_tokens` tokens without an end token, drawn at temperature 1.
rollout::EngineConfig bench_engine(std::int64_t new_tokens);

/// Advantages of both signs, so that every token has a gradient.
void set_bench_advantages(std::vector<rollout::Rollout>& rollouts);

double median(std::vector<double> values);

}  // namespace hone::rl
