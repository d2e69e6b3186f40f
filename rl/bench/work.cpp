#include "rl/bench/work.h"

#include <algorithm>

#include "model/error.h"

namespace hone::rl {

void check_work(const BenchWork& work, const model::ModelConfig& config, const std::string& place) {
  const std::int64_t length = work.prompt_tokens + work.new_tokens;
  if (length <= config.max_position_embeddings) return;
  throw DataError(place,
                  "at most the model's context of " +
                      std::to_string(config.max_position_embeddings) + " tokens",
                  std::to_string(length));
}

std::vector<rollout::Request> bench_requests(const BenchWork& work, std::int64_t vocab_size) {
  std::vector<rollout::Request> requests;
  for (std::int64_t p = 0; p < work.prompts; ++p) {
    rollout::Request request{{}, work.group, static_cast<std::uint64_t>(p)};
    for (std::int64_t t = 0; t < work.prompt_tokens; ++t) {
      request.prompt.push_back(static_cast<std::int32_t>((p * 31 + t * 7 + 3) % vocab_size));
    }
    requests.push_back(std::move(request));
  }
  return requests;
}

rollout::EngineConfig bench_engine(std::int64_t new_tokens) {
  rollout::EngineConfig engine;
  engine.sampling.max_new_tokens = new_tokens;
  engine.sampling.ignore_eos = true;
  return engine;
}

void set_bench_advantages(std::vector<rollout::Rollout>& rollouts) {
  for (std::size_t i = 0; i < rollouts.size(); ++i) rollouts[i].advantage = i % 2 == 0 ? 1 : -1;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace hone::rl
