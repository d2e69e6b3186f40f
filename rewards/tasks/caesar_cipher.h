#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `caesar_cipher:3:khoor zruog=`: each letter was moved on by so many, z being followed by a; what
/// the words were: `hello world`. No trace has steps.
/// Source: the family of this name in reasoning-gym.
/// Differs: the rotation is told, as only then there is one answer; words are drawn.
struct CaesarCipherConfig {
  static constexpr std::string_view kType = "caesar_cipher";
  std::int64_t min_words = 3;
  std::int64_t max_words = 6;
  std::int64_t min_rotation = 1;
  std::int64_t max_rotation = 25;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_words", min_words, "fewest words", 1, 100);
    v("max_words", max_words, "most words", 1, 100);
    v("min_rotation", min_rotation, "smallest rotation", 1, 25);
    v("max_rotation", max_rotation, "largest rotation", 1, 25);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const CaesarCipherConfig& config);

}  // namespace hone::rewards
