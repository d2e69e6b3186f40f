#include "rl/prediction_loss.h"

#include <set>

#include "model/logprobs.h"

namespace hone::rl {

at::Tensor prediction_logp_sum(const model::Decoder& decoder, const rollout::MicroBatch& micro,
                               const at::Tensor& hidden, const model::ForwardOptions& options) {
  const model::PackedBatch& batch = micro.batch;
  std::vector<std::int32_t> next(batch.tokens.begin() + 1, batch.tokens.end());
  next.push_back(0);
  std::set<std::int64_t> starts;
  for (const model::Segment& segment : batch.segments) starts.insert(segment.start);
  std::vector<std::int64_t> sources;
  std::vector<std::int32_t> targets;
  for (std::size_t i = 0; i < micro.sources.size(); ++i) {
    const std::int64_t source = micro.sources[i];
    next[static_cast<std::size_t>(source)] =
        micro.targets[i];  // of a segment's end it is not packed
    if (starts.contains(source)) continue;
    sources.push_back(source - 1);
    targets.push_back(micro.targets[i]);
  }
  const at::Tensor states = decoder.prediction_states(hidden, next, batch, options);
  return model::state_logprobs(decoder, states, sources, targets, 1.0).logp.sum();
}

}  // namespace hone::rl
