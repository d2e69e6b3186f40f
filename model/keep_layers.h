#pragma once

#include <cstdint>
#include <vector>

#include "model/decoder.h"
#include "model/layer_choice.h"

namespace hone::model {

/// Drops the other layers. The decoder must have no adapters.
void keep_layers(Decoder& decoder, const std::vector<std::int64_t>& layers);

}  // namespace hone::model
