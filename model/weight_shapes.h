#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/config.h"

namespace hone::model {

/// A weight's name and shape, as a checkpoint has it.
struct WeightShape {
  std::string name;
  std::vector<std::int64_t> shape;
};

/// The weights of one block, names below "model.layers.N.", in the order of the modules. The block
/// after the last is that of the layer for multi-token prediction.
std::vector<WeightShape> layer_weight_shapes(const ModelConfig& config, std::size_t layer);

/// "model.layers.N."
std::string layer_prefix(std::size_t layer);

/// All weights of the model with their full names, in the order a checkpoint lists them; a tied
/// head is left out, and so are the copies of embedding and head that released checkpoints have
/// beside a layer for multi-token prediction.
std::vector<WeightShape> weight_shapes(const ModelConfig& config);

}  // namespace hone::model
