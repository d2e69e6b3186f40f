#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `shortest_path:S..#/.#../...G=`: from S to G in as few steps as there can be, around every `#`:
/// `DDRRR` (U, D, L, R). Any shortest path is right. No trace has steps.
/// Source: the family of this name in reasoning-gym.
/// Differs: there is always a path; a longer one is wrong.
struct ShortestPathConfig {
  static constexpr std::string_view kType = "shortest_path";
  std::int64_t min_size = 5;
  std::int64_t max_size = 8;
  std::int64_t min_steps = 4;
  double p_blocked = 0.3;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_size", min_size, "fewest rows and columns", 3, 50);
    v("max_size", max_size, "most rows and columns", 3, 50);
    v("min_steps", min_steps, "fewest steps of a shortest path", 1, 50);
    v("p_blocked", p_blocked, "chance that a cell is blocked", 0.0, 0.6);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const ShortestPathConfig& config);

}  // namespace hone::rewards
