#include "model/layer_choice.h"

#include <algorithm>
#include <stdexcept>

namespace hone::model {
namespace {

std::vector<bool> keep(const std::vector<bool>& flags, const std::vector<std::int64_t>& layers) {
  std::vector<bool> kept;
  if (flags.empty()) return kept;
  for (const std::int64_t layer : layers) kept.push_back(flags[static_cast<std::size_t>(layer)]);
  return kept;
}

}  // namespace

std::vector<std::int64_t> every_other_layer(std::int64_t num_layers) {
  if (num_layers < 3) {
    throw std::invalid_argument("half of the layers: 3 are needed at least, and there are " +
                                std::to_string(num_layers));
  }
  const std::int64_t steps = (num_layers + 1) / 2 - 1;
  std::vector<std::int64_t> layers;
  for (std::int64_t i = 0; i <= steps; ++i) {
    layers.push_back((2 * i * (num_layers - 1) + steps) / (2 * steps));
  }
  return layers;
}

void check_layers(const std::vector<std::int64_t>& layers, std::int64_t num_layers) {
  if (layers.empty()) throw std::invalid_argument("expected at least one layer");
  std::int64_t before = -1;
  for (const std::int64_t layer : layers) {
    if (layer < 0 || layer >= num_layers) {
      throw std::invalid_argument("expected layers from 0 to " + std::to_string(num_layers - 1) +
                                  ", got " + std::to_string(layer));
    }
    if (layer <= before) {
      throw std::invalid_argument("expected each layer once, in ascending order, got " +
                                  std::to_string(layer) + " after " + std::to_string(before));
    }
    before = layer;
  }
}

std::vector<std::int64_t> chosen_layers(
    const std::variant<std::string, std::vector<std::int64_t>>& choice, std::int64_t num_layers) {
  const auto* numbers = std::get_if<std::vector<std::int64_t>>(&choice);
  if (numbers == nullptr) return every_other_layer(num_layers);
  check_layers(*numbers, num_layers);
  return *numbers;
}

ModelConfig keep_layers(ModelConfig config, const std::vector<std::int64_t>& layers) {
  check_layers(layers, config.num_hidden_layers);
  config.num_hidden_layers = static_cast<std::int64_t>(layers.size());
  config.sliding_layers = keep(config.sliding_layers, layers);
  config.moe.layers = keep(config.moe.layers, layers);
  const auto& sliding = config.sliding_layers;
  if (std::find(sliding.begin(), sliding.end(), true) == sliding.end()) {
    config.sliding_window = 0;
    config.sliding_layers.clear();
  }
  return config;
}

}  // namespace hone::model
