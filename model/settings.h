#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hone::model {

/// "key=value" texts as a JSON object: "max_bits=9" has a number, and what is no JSON is a text.
/// Throws: DataError with `place` for one without an equals sign.
nlohmann::ordered_json settings_object(const std::vector<std::string>& settings,
                                       const std::string& place);

}  // namespace hone::model
