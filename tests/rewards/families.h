#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "rewards/json_fields.h"
#include "rewards/tasks/tasks.h"

namespace hone::tests {

/// Every family of problems, with its defaults.
inline std::vector<rewards::TaskConfig> all_families() {
  std::vector<rewards::TaskConfig> families;
  rewards::for_each_type(rewards::TaskConfig{},
                         [&](const auto& config) { families.emplace_back(config); });
  return families;
}

/// Those whose traces have no steps.
inline bool is_answered_at_once(std::string_view name) {
  constexpr std::array<std::string_view, 16> kNames = {
      "spell_backward",  "number_sorting", "polynomial_equations",
      "number_sequence", "word_sorting",   "calendar_arithmetic",
      "caesar_cipher",   "binary_matrix",  "game_of_life",
      "shortest_path",   "n_queens",       "mini_sudoku",
      "knights_knaves",  "zebra_puzzles",  "propositional_logic",
      "syllogism"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

/// Those that are answered with one of two words or digits.
inline bool has_two_answers(std::string_view name) {
  return name == "parity" || name == "syllogism";
}

inline rewards::Sample sample_of(const rewards::TaskProblem& problem, std::string_view completion) {
  return {.prompt = problem.prompt,
          .completion = completion,
          .answer = problem.answer,
          .metadata = problem.metadata};
}

inline std::string steps_of(const std::string& completion) {
  const auto begin = completion.find("<think>") + 7;
  return completion.substr(begin, completion.find("</think>") - begin);
}

}  // namespace hone::tests
