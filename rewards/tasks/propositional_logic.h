#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `propositional_logic:p->q;~q|r;p=`: a clause, variables or their negations with | between them,
/// that follows from all premises together, from none of them alone, and of which no part follows:
/// `r`. Any such clause is right. Judged by truth tables. No trace has steps. Source: the family of
/// this name in reasoning-gym. Differs: there, a premise is an answer; the form of the answer keeps
/// one from being copied together.
struct PropositionalLogicConfig {
  static constexpr std::string_view kType = "propositional_logic";
  std::int64_t min_variables = 2;
  std::int64_t max_variables = 4;
  std::int64_t min_premises = 2;
  std::int64_t max_premises = 4;
  std::int64_t max_depth = 2;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_variables", min_variables, "fewest variables", 2, 4);
    v("max_variables", max_variables, "most variables", 2, 4);
    v("min_premises", min_premises, "fewest premises", 2, 6);
    v("max_premises", max_premises, "most premises", 2, 6);
    v("max_depth", max_depth, "deepest nesting of a premise", 1, 3);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const PropositionalLogicConfig& config);

}  // namespace hone::rewards
