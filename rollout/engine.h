#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "model/decoder.h"
#include "model/kv_cache.h"
#include "model/tokenizer.h"
#include "rollout/problems.h"
#include "rollout/random.h"
#include "rollout/rollout.h"
#include "rollout/sampler.h"

namespace hone::rollout {

/// A prompt to be completed `samples` times.
struct Request {
  std::vector<std::int32_t> prompt;
  std::int64_t samples = 1;
  std::uint64_t number = 0;  // the prompt's number in the random stream
};

struct EngineConfig {
  SamplingConfig sampling;
  // A prompt's samples of this number and above are greedy.
  std::int32_t greedy_from = std::numeric_limits<std::int32_t>::max();
  StreamKey key;                      // prompt and sample are filled in for each completion
  std::vector<std::int32_t> end_ids;  // tokens that end a completion
  std::int64_t max_rows = 1024;       // tokens in flight a step
  std::int64_t max_cache_bytes = std::int64_t{2} << 30;  // prompts wait when the cache is full
  model::KvType kv_type = model::KvType::kFloat;
  std::int64_t max_activation_bytes = 0;    // activations are kept of the first requests that fit
  const std::atomic<bool>* stop = nullptr;  // checked between steps
};

/// Completes all requests by continuous batching: a finished row's place is taken by the next, a
/// prompt is run through the model once for all its samples and its cache is shared by them.
/// Results come in request order, sample by sample, and depend neither on the batch nor on the
/// threads. Throws: DataError if a prompt is empty or leaves no room in the model's context;
/// Stopped when asked to.
std::vector<Rollout> generate(const model::Decoder& decoder, const std::vector<Request>& requests,
                              const EngineConfig& config);

/// Thrown by generate() when `stop` was set.
struct Stopped {};

/// Requests for problems [first, first + count) of a source, `samples` each, and their rollouts
/// with all text filled in.
std::vector<Rollout> generate_for_problems(const model::Decoder& decoder,
                                           const model::Tokenizer& tokenizer,
                                           const ProblemSource& source, std::uint64_t first,
                                           std::int64_t count, std::int64_t samples,
                                           const EngineConfig& config);

}  // namespace hone::rollout
