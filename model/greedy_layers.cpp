#include "model/greedy_layers.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "model/logprobs.h"

namespace hone::model {
namespace {

struct Candidate {
  std::int64_t layer = 0;
  // Loss without the layer, above that without the layer which was needed least in the same round.
  double excess = 0;
};

}  // namespace

std::vector<std::int64_t> greedy_layers(const Decoder& decoder, const PackedBatch& batch,
                                        const std::vector<std::int64_t>& sources,
                                        const std::vector<std::int32_t>& targets, std::int64_t keep,
                                        std::int64_t tries) {
  const c10::InferenceMode no_gradients;
  const Blocks blocks(decoder, batch);
  const at::Tensor embedded_SD = blocks.embedded();
  const auto loss = [&](at::Tensor x_SD, std::span<const Candidate> rest) {
    for (const Candidate& next : rest) x_SD = blocks.block(next.layer, x_SD);
    const at::Tensor hidden_SD = blocks.normed(x_SD);
    const at::Tensor logp_n = state_logprobs(decoder, hidden_SD, sources, targets, 1.0).logp;
    const double mean = -logp_n.mean().item<double>();
    return std::isfinite(mean) ? mean : std::numeric_limits<double>::max();
  };
  std::vector<Candidate> kept;
  for (std::int64_t l = 0; l < decoder.config.num_hidden_layers; ++l) kept.push_back({l});
  // Layers of a larger excess are not tried.
  double bound = std::numeric_limits<double>::infinity();
  while (static_cast<std::int64_t>(kept.size()) > keep) {
    std::vector<Candidate*> tried;
    at::Tensor before_SD = embedded_SD;  // what the layer gets
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (kept[i].excess <= bound) {
        kept[i].excess = loss(before_SD, std::span(kept).subspan(i + 1));
        tried.push_back(&kept[i]);
      }
      before_SD = blocks.block(kept[i].layer, before_SD);
    }
    const auto by_excess = [](const Candidate* a, const Candidate* b) {
      return a->excess < b->excess;
    };
    const Candidate least = **std::min_element(tried.begin(), tried.end(), by_excess);
    for (Candidate* one : tried) one->excess -= least.excess;
    std::erase_if(kept, [&](const Candidate& one) { return one.layer == least.layer; });
    std::vector<double> excesses;
    for (const Candidate& one : kept) excesses.push_back(one.excess);
    std::sort(excesses.begin(), excesses.end());
    bound = excesses[std::min<std::size_t>(tries, excesses.size()) - 1];
  }
  std::vector<std::int64_t> layers;
  for (const Candidate& one : kept) layers.push_back(one.layer);
  return layers;
}

}  // namespace hone::model
