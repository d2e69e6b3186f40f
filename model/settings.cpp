#include "model/settings.h"

#include "model/error.h"

namespace hone::model {

using nlohmann::ordered_json;

ordered_json settings_object(const std::vector<std::string>& settings, const std::string& place) {
  ordered_json object = ordered_json::object();
  for (const std::string& setting : settings) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos) throw DataError(place, "key=value", setting);
    const std::string value = setting.substr(equals + 1);
    const ordered_json parsed = ordered_json::parse(value, nullptr, false);
    object[setting.substr(0, equals)] = parsed.is_discarded() ? ordered_json(value) : parsed;
  }
  return object;
}

}  // namespace hone::model
