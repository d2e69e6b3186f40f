#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `string_manipulation:abcad:rev,del a,rep c e=`: a string changed by rules, one after the other:
/// rev (backward), rot (first letter to the end), swap (first and last letter), dup (first letter
/// once more at the end), del x (all x away), rep x y (y for each x). The trace writes the string
/// after each rule: `rev:dacba;del a:dcb;rep c e:deb`. Source: the family of this name in
/// reasoning-gym. Differs: other rules, each applied once, so that all strings come to an end.
struct StringManipulationConfig {
  static constexpr std::string_view kType = "string_manipulation";
  std::int64_t min_length = 5;
  std::int64_t max_length = 10;
  std::int64_t min_rules = 2;
  std::int64_t max_rules = 4;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_length", min_length, "shortest string", 2, 100);
    v("max_length", max_length, "longest string", 2, 100);
    v("min_rules", min_rules, "fewest rules", 1, 100);
    v("max_rules", max_rules, "most rules", 1, 100);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const StringManipulationConfig& config);

}  // namespace hone::rewards
