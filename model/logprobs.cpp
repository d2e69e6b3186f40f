#include "model/logprobs.h"

#include <c10/core/GradMode.h>

#include <numeric>

namespace hone::model {

TokenLogprobs token_logprobs(const Decoder& decoder, const PackedBatch& batch,
                             const std::vector<std::int64_t>& sources,
                             const std::vector<std::int32_t>& targets, double temperature,
                             const ForwardOptions& options, const TokenLogprobs& known) {
  if (known.logp.defined() && !c10::GradMode::is_enabled()) return known;
  return state_logprobs(decoder, decoder.hidden_states(batch, options), sources, targets,
                        temperature, known);
}

TokenLogprobs state_logprobs(const Decoder& decoder, const at::Tensor& hidden_SD,
                             const std::vector<std::int64_t>& sources,
                             const std::vector<std::int32_t>& targets, double temperature,
                             const TokenLogprobs& known) {
  const at::Tensor chosen_nD = hidden_SD.index_select(0, at::tensor(sources, at::kLong));
  return ops::logprobs(chosen_nD, decoder.lm_head, at::tensor(targets, at::kInt), temperature,
                       decoder.config.final_logit_softcapping, known);
}

std::vector<float> sequence_logprobs(const Decoder& decoder, const std::vector<std::int32_t>& ids,
                                     const ForwardOptions& options) {
  if (ids.size() < 2) return {};
  const c10::InferenceMode no_gradients;
  const std::int64_t n = static_cast<std::int64_t>(ids.size()) - 1;
  // Nothing depends on the last token but the length, which dynamic RoPE looks at.
  const std::int64_t length = decoder.config.rope.rope_type == "dynamic" ? n + 1 : n;
  PackedBatch batch;
  batch.tokens.assign(ids.begin(), ids.begin() + length);
  batch.positions.resize(length);
  std::iota(batch.positions.begin(), batch.positions.end(), 0);
  batch.segments = {{0, length, -1}};
  std::vector<std::int64_t> sources(n);
  std::iota(sources.begin(), sources.end(), 0);
  const at::Tensor logp =
      token_logprobs(decoder, batch, sources, {ids.begin() + 1, ids.end()}, 1.0, options).logp;
  return {logp.data_ptr<float>(), logp.data_ptr<float>() + n};
}

}  // namespace hone::model
