#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `mini_sudoku:1.../.32./..../..1.=`: the digits 1 to 4, each once in every row, every column and
/// every quarter. Any completion that keeps what is given is right. No trace has steps.
/// Source: the family of this name in reasoning-gym.
/// Differs: all or nothing, so that a copy of the puzzle gets nothing.
struct MiniSudokuConfig {
  static constexpr std::string_view kType = "mini_sudoku";
  std::int64_t min_empty = 8;
  std::int64_t max_empty = 12;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_empty", min_empty, "fewest empty cells", 1, 16);
    v("max_empty", max_empty, "most empty cells", 1, 16);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const MiniSudokuConfig& config);

}  // namespace hone::rewards
