#include "tools/settings.h"

#include <nlohmann/json.hpp>

#include "model/error.h"

namespace hone::tools {

using nlohmann::json;

json settings_object(const std::vector<std::string>& settings) {
  json object = json::object();
  for (const std::string& setting : settings) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos) throw DataError("--set", "key=value", setting);
    const std::string value = setting.substr(equals + 1);
    const json parsed = json::parse(value, nullptr, false);
    object[setting.substr(0, equals)] = parsed.is_discarded() ? json(value) : parsed;
  }
  return object;
}

}  // namespace hone::tools
