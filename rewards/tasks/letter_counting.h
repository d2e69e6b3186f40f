#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `letter_counting:e:apple tree=`: how often the letter is in the words, `3`. The trace counts on,
/// word by word: `apple:1;tree:3`.
/// Source: the family of this name in reasoning-gym.
/// Differs: all counts are equally likely, and none is 0; words are drawn, not taken from a book.
struct LetterCountingConfig {
  static constexpr std::string_view kType = "letter_counting";
  std::int64_t min_words = 5;
  std::int64_t max_words = 15;
  std::int64_t min_count = 1;
  std::int64_t max_count = 12;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_words", min_words, "fewest words; more where the count wants them", 1, 1000);
    v("max_words", max_words, "most words", 1, 1000);
    v("min_count", min_count, "lowest count", 1, 1000);
    v("max_count", max_count, "highest count", 1, 1000);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const LetterCountingConfig& config);

}  // namespace hone::rewards
