#include "rewards/tasks/tasks.h"

#include <stdexcept>

#include "rewards/json_fields.h"

namespace hone::rewards {

std::unique_ptr<Task> make_task(const TaskConfig& config) {
  return std::visit([](const auto& chosen) { return make_task(chosen); }, config);
}

TaskConfig task_config_by_name(std::string_view name, const nlohmann::json& config) {
  TaskConfig task;
  if (!choose_type(name, task)) {
    throw std::invalid_argument("expected a task, one of " + task_names() + ", got \"" +
                                std::string(name) + "\"");
  }
  std::visit([&](auto& chosen) { read_config(config, chosen); }, task);
  return task;
}

std::unique_ptr<Task> task_by_name(std::string_view name, const nlohmann::json& config) {
  return make_task(task_config_by_name(name, config));
}

std::string task_names() { return type_names(TaskConfig{}); }

}  // namespace hone::rewards
