#pragma once

#include <string>
#include <vector>

#include "rl/data.h"

namespace hone::tools {

/// What --data means: "task:NAME", or a JSONL file, with settings as key=value of either.
/// Throws: DataError for an unknown task or setting.
rl::DataConfig data_config(const std::string& data, const std::vector<std::string>& settings);

}  // namespace hone::tools
