#include <algorithm>
#include <limits>

#include "model/checkpoint.h"
#include "rl/bench/bench.h"
#include "rl/bench/flops.h"
#include "rl/clock.h"

namespace hone::rl {

DecodeTimes bench_decode(const std::filesystem::path& model, const BenchWork& work) {
  const model::Decoder decoder = model::map_decoder(model);
  check_work(work, decoder.config, "--prompt-tokens and --new-tokens");
  const auto requests = bench_requests(work, decoder.config.vocab_size);
  const auto seconds_of = [&](std::int64_t new_tokens, std::int64_t step) {
    rollout::EngineConfig engine = bench_engine(new_tokens);
    engine.key.step = static_cast<std::uint64_t>(step);
    // No row may wait for another one.
    engine.max_rows = std::max(engine.max_rows, work.rows());
    engine.max_cache_bytes = std::numeric_limits<std::int64_t>::max();
    const Stopwatch clock;
    rollout::generate(decoder, requests, engine);
    return clock.seconds();
  };
  std::vector<double> calls;
  std::vector<double> differences;
  for (std::int64_t step = 0; step <= work.steps; ++step) {
    const double first_tokens = seconds_of(1, step);
    const double all_tokens = seconds_of(work.new_tokens, step);
    if (step == 0) continue;
    calls.push_back(all_tokens);
    differences.push_back(all_tokens - first_tokens);
  }
  const double rows = static_cast<double>(work.rows());
  const double steps_a_call = static_cast<double>(work.new_tokens - 1);
  DecodeTimes times;
  times.step_s = median(differences) / steps_a_call;
  times.rollout_s = median(calls);
  times.decode_tokens_per_s = rows / times.step_s;
  times.rollout_tokens_per_s = rows * static_cast<double>(work.new_tokens) / times.rollout_s;
  times.flops = decode_flops(decoder.config, work) / steps_a_call;
  times.weight_bytes = decode_weight_bytes(decoder.config);
  return times;
}

}  // namespace hone::rl
