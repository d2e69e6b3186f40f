#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "rewards/json_fields.h"
#include "rewards/tasks/tasks.h"

namespace hone::tests {

/// The same task, asked in this form.
inline rewards::TaskConfig asked_in(rewards::TaskConfig config, rewards::Prompts prompts) {
  std::visit([&](auto& chosen) { chosen.prompts = prompts; }, config);
  return config;
}
inline rewards::TaskConfig in_codes(const rewards::TaskConfig& config) {
  return asked_in(config, rewards::Prompts::kCodes);
}

/// Every family of problems, with its defaults, asked in this form.
inline std::vector<rewards::TaskConfig> all_families(rewards::Prompts prompts) {
  std::vector<rewards::TaskConfig> families;
  rewards::for_each_type(rewards::TaskConfig{}, [&](const auto& config) {
    families.push_back(asked_in(config, prompts));
  });
  return families;
}

/// The same in both forms, one behind the other.
inline std::vector<rewards::TaskConfig> all_families() {
  std::vector<rewards::TaskConfig> families = all_families(rewards::Prompts::kCodes);
  const auto words = all_families(rewards::Prompts::kWords);
  families.insert(families.end(), words.begin(), words.end());
  return families;
}

/// Those whose traces have no steps. In words, some have them that have none in codes.
inline bool is_answered_at_once(const rewards::Task& task) {
  constexpr std::array<std::string_view, 5> kStepsInWords = {
      "spell_backward", "number_sorting", "number_sequence", "word_sorting", "calendar_arithmetic"};
  const auto is_among = [&](const auto& names) {
    return std::find(names.begin(), names.end(), task.name()) != names.end();
  };
  if (task.prompts() == rewards::Prompts::kWords && is_among(kStepsInWords)) return false;
  constexpr std::array<std::string_view, 16> kNames = {
      "spell_backward",  "number_sorting", "polynomial_equations",
      "number_sequence", "word_sorting",   "calendar_arithmetic",
      "caesar_cipher",   "binary_matrix",  "game_of_life",
      "shortest_path",   "n_queens",       "mini_sudoku",
      "knights_knaves",  "zebra_puzzles",  "propositional_logic",
      "syllogism"};
  return is_among(kNames);
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
