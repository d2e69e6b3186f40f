#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `back:abcd=`: the word from its end, `dcba`. A general task: as a code it is answered at once,
/// `wrong_steps` is the chance of a wrong letter, and `long_share` does not matter. In words, the
/// trace spells it letter by letter.
/// Source: the family of this name in reasoning-gym.
/// Differs: letters are drawn, not words of a language.
struct SpellBackwardConfig {
  static constexpr std::string_view kType = "spell_backward";
  std::int64_t min_length = 3;
  std::int64_t max_length = 6;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_length", min_length, "shortest word", 1, 1000);
    v("max_length", max_length, "longest word", 1, 1000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if the range is empty.
std::unique_ptr<Task> make_task(const SpellBackwardConfig& config);

}  // namespace hone::rewards
