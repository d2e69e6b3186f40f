#include "rl/experts.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace hone::rl {
namespace {

/// Tokens an expert of the layer got in the mean; 0 for a layer without experts.
double mean_load(const std::vector<std::int64_t>& counts) {
  if (counts.empty()) return 0;
  return std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size());
}

}  // namespace

void balance_experts(model::Decoder decoder, const model::ExpertLoad& load, double speed) {
  if (decoder.lora || speed == 0) return;
  for (std::size_t l = 0; l < load.layers.size(); ++l) {
    const model::LayerWeights& layer =
        l < decoder.layers.size() ? decoder.layers[l] : decoder.prediction->layer;
    const double mean = mean_load(load.layers[l]);
    if (mean == 0 || !layer.router_bias.defined()) continue;
    float* const bias = layer.router_bias.mutable_data_ptr<float>();
    for (std::size_t e = 0; e < load.layers[l].size(); ++e) {
      const double own = static_cast<double>(load.layers[l][e]);
      if (own != mean) bias[e] += static_cast<float>(own < mean ? speed : -speed);
    }
  }
}

void add_expert_metrics(const model::ExpertLoad& load, Metrics& metrics) {
  double violations = 0, most = 0, least = std::numeric_limits<double>::infinity();
  int layers = 0;
  for (const std::vector<std::int64_t>& counts : load.layers) {
    const double mean = mean_load(counts);
    if (mean == 0) continue;
    const auto [low, high] = std::minmax_element(counts.begin(), counts.end());
    const double busiest = static_cast<double>(*high) / mean;
    violations += busiest - 1;
    most = std::max(most, busiest);
    least = std::min(least, static_cast<double>(*low) / mean);
    ++layers;
  }
  if (layers == 0) return;
  metrics.emplace_back("experts/max_violation", violations / layers);
  metrics.emplace_back("experts/load_max", most);
  metrics.emplace_back("experts/load_min", least);
}

}  // namespace hone::rl
