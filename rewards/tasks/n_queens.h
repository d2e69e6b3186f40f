#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `n_queens:1,?,8,6,3,?,2,4=`: for each row the column of its queen, from 1; the queens that are
/// missing, so that none attacks another: `1,5,8,6,3,7,2,4`. Any such placement is right. No trace
/// has steps. Source: the family of this name in reasoning-gym. Differs: columns instead of a
/// board.
struct NQueensConfig {
  static constexpr std::string_view kType = "n_queens";
  std::int64_t min_size = 8;
  std::int64_t max_size = 8;
  std::int64_t min_removed = 1;
  std::int64_t max_removed = 7;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_size", min_size, "smallest board", 4, 16);
    v("max_size", max_size, "largest board", 4, 16);
    v("min_removed", min_removed, "fewest queens to be found", 1, 16);
    v("max_removed", max_removed, "most queens to be found", 1, 16);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const NQueensConfig& config);

}  // namespace hone::rewards
