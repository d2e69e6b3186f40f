#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `syllogism:all cats are pets;no pets are wolves;no cats are wolves=`: does the third follow from
/// the first two? `yes` or `no`, each as often. There is at least one of each kind. No trace has
/// steps. Source: the family of this name in reasoning-gym. Differs: decided by going through all
/// ways in which three sets can overlap.
struct SyllogismConfig {
  static constexpr std::string_view kType = "syllogism";
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const SyllogismConfig& config);

}  // namespace hone::rewards
