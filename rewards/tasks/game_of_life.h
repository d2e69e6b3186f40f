#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `game_of_life:1:00000/00100/00100/00100/00000=`: Conway's game after so many steps, on a grid
/// whose edges meet: `00000/00000/01110/00000/00000`. No trace has steps. Source: the family of
/// this name in reasoning-gym. Differs: the end is neither empty nor the start; all or nothing.
struct GameOfLifeConfig {
  static constexpr std::string_view kType = "game_of_life";
  std::int64_t min_size = 4;
  std::int64_t max_size = 8;
  std::int64_t min_steps = 1;
  std::int64_t max_steps = 1;
  double fill = 0.3;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_size", min_size, "fewest rows and columns", 3, 50);
    v("max_size", max_size, "most rows and columns", 3, 50);
    v("min_steps", min_steps, "fewest steps", 1, 100);
    v("max_steps", max_steps, "most steps", 1, 100);
    v("fill", fill, "share of cells alive at the start", 0.05, 0.9);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const GameOfLifeConfig& config);

}  // namespace hone::rewards
