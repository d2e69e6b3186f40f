#include "model/keep_layers.h"

#include <c10/util/Exception.h>

#include <utility>

namespace hone::model {

void keep_layers(Decoder& decoder, const std::vector<std::int64_t>& layers) {
  TORCH_CHECK(!decoder.lora, "[keep_layers] adapters are not cut");
  decoder.config = keep_layers(std::move(decoder.config), layers);
  std::vector<LayerWeights> kept;
  for (const std::int64_t layer : layers) {
    kept.push_back(std::move(decoder.layers[static_cast<std::size_t>(layer)]));
  }
  decoder.layers = std::move(kept);
}

}  // namespace hone::model
