#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/config.h"

namespace hone::model {

/// About every other layer of so many, the first and the last among them: of n layers k = n / 2,
/// rounded up, the i-th of which is i (n - 1) / (k - 1), rounded. Of 12 layers 0, 2, 4, 7, 9 and
/// 11; of an odd number the even ones. Source: DistilBERT (1910.01108), whose six layers of twelve
/// these are; LAYERS_TO_COPY of transformers' make_student.py. Throws: std::invalid_argument for
/// fewer than 3 layers.
std::vector<std::int64_t> every_other_layer(std::int64_t num_layers);

/// Throws: std::invalid_argument unless these are numbers of layers, at least one, each larger than
/// the one before.
void check_layers(const std::vector<std::int64_t>& layers, std::int64_t num_layers);

/// The layers that are meant, of a model that has so many: numbers, or a word for every other one.
/// Throws: std::invalid_argument, as above.
std::vector<std::int64_t> chosen_layers(
    const std::variant<std::string, std::vector<std::int64_t>>& choice, std::int64_t num_layers);

/// The config of a model with these layers only. What it says of each layer goes with the layer; a
/// layer for multi-token prediction stays.
ModelConfig keep_layers(ModelConfig config, const std::vector<std::int64_t>& layers);

}  // namespace hone::model
