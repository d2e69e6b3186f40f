#include "tools/ids.h"

#include "model/error.h"

namespace hone::tools {

void check_ids(const std::vector<std::int32_t>& ids, const model::ModelConfig& config,
               std::int64_t most, const std::string& place) {
  if (static_cast<std::int64_t>(ids.size()) > most) {
    throw DataError(place,
                    "at most " + std::to_string(most) + " ids in the model's context of " +
                        std::to_string(config.max_position_embeddings),
                    std::to_string(ids.size()));
  }
  for (const std::int32_t id : ids) {
    if (id >= 0 && id < config.vocab_size) continue;
    throw DataError(
        place, "ids from 0 and below the vocabulary's size of " + std::to_string(config.vocab_size),
        std::to_string(id));
  }
}

}  // namespace hone::tools
