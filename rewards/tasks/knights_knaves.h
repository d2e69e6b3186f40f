#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `knights_knaves:Ada:Ben is a knave;Ben:Ada and Ben are different=`: each says something;
/// what knights say is true, what knaves say is false. Who is what: `Ada knave,Ben knight`. One
/// answer fits, as going through all of them shows. No trace has steps. Source: the family of this
/// name in reasoning-gym. Differs: three persons or more, as of two a guess is right one time in
/// four; no part of a point.
struct KnightsKnavesConfig {
  static constexpr std::string_view kType = "knights_knaves";
  std::int64_t min_persons = 3;
  std::int64_t max_persons = 5;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_persons", min_persons, "fewest persons", 2, 10);
    v("max_persons", max_persons, "most persons", 2, 10);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const KnightsKnavesConfig& config);

}  // namespace hone::rewards
