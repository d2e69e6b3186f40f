#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/config.h"

namespace hone::tools {

/// Refuses ids that the model has no embedding for, and more of them than `most`.
/// Throws: DataError with the place.
void check_ids(const std::vector<std::int32_t>& ids, const model::ModelConfig& config,
               std::int64_t most, const std::string& place);

}  // namespace hone::tools
