#include "tools/data_options.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/error.h"
#include "model/settings.h"
#include "rewards/json_fields.h"

namespace hone::tools {

rl::DataConfig data_config(const std::string& data, const std::vector<std::string>& settings) {
  constexpr std::string_view kTaskPrefix = "task:";
  const nlohmann::json values = model::settings_object(settings, "--set");
  rl::DataConfig config;
  try {
    if (data.starts_with(kTaskPrefix)) {
      config.task = rewards::task_config_by_name(data.substr(kTaskPrefix.size()), values);
      rewards::make_task(*config.task);  // settings that contradict each other
    } else {
      rewards::read_config(values, config.dataset.emplace());
      config.dataset->path = data;
    }
  } catch (const std::invalid_argument& error) {
    throw DataError("--data", error.what());
  }
  return config;
}

}  // namespace hone::tools
