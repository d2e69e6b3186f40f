#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `word_sorting:pear,apple,fig=`: the words in alphabetical order, `apple,fig,pear`. Only in
/// words has the trace steps: the first word of what is left. Source: the family of this name in
/// reasoning-gym. Differs: lower case, always rising, never in order already; all or nothing.
struct WordSortingConfig {
  static constexpr std::string_view kType = "word_sorting";
  std::int64_t min_words = 3;
  std::int64_t max_words = 10;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_words", min_words, "fewest words", 2, 100);
    v("max_words", max_words, "most words", 2, 100);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const WordSortingConfig& config);

}  // namespace hone::rewards
