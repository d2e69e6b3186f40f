#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hone::tools {

/// "key=value" texts as a JSON object: "max_bits=9" has a number, and what is no JSON is a text.
/// Throws: DataError for one without an equals sign.
nlohmann::json settings_object(const std::vector<std::string>& settings);

}  // namespace hone::tools
