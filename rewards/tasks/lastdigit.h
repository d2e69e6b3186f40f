#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// What the steps of a chain of thought are written in.
enum class LastdigitLanguages { kDigits, kLetters, kMixed };
constexpr std::array<std::string_view, 3> enum_names(LastdigitLanguages) {
  return {"digits", "letters", "mixed"};
}

/// `3*7+4*9=`: from a start digit, operations `+d`, `*3`, `*7`, `*9` from left to right; the answer
/// is the last digit. Each factor is prime to ten, so every step keeps all ten digits equally
/// likely: a guess is right one time in ten, however long the problem, and no step can be skipped.
/// `@3*7+4*9=` asks for steps with the letters a to j for 0 to 9: `d*h=b;b+e=f;f*j=f`. The answer
/// is a digit all the same. So that a language can be asked for, metadata has its "script":
/// "digits" or "latin" (none where all problems are in digits).
struct LastdigitConfig {
  static constexpr std::string_view kType = "lastdigit";
  std::int64_t min_operations = 4;
  std::int64_t max_operations = 8;
  LastdigitLanguages languages = LastdigitLanguages::kDigits;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_operations", min_operations, "fewest operations", 1, 1000);
    v("max_operations", max_operations, "most operations", 1, 1000);
    v("languages", languages, "what steps are written in: digits, letters or mixed (half each)");
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if the range is empty.
std::unique_ptr<Task> make_task(const LastdigitConfig& config);

}  // namespace hone::rewards
