#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "rewards/tasks/task.h"

namespace hone::rewards {

/// Houses in a row, in each a person, a drink, a pet and so on; after the lists the clues:
/// `zebra_puzzles:Ada,Ben,Cleo|milk,tea,water|cat,dog,fish:Ada=tea;cat@2;milk-dog;fish<cat;Ben=fish=`.
/// `a=b`: in one house; `a@2`: in the second; `a-b`: next to each other; `a<b`: a directly left of
/// b. Who lives where, from the left: `Ben,Cleo,Ada`. One solution fits, proven at generation, and
/// no clue can be left out. No trace has steps. Source: the family of this name in reasoning-gym.
/// Differs: asks for all persons, as of one a guess is right one time in four.
struct ZebraPuzzlesConfig {
  static constexpr std::string_view kType = "zebra_puzzles";
  std::int64_t min_houses = 4;
  std::int64_t max_houses = 4;
  std::int64_t min_categories = 4;
  std::int64_t max_categories = 4;
  Prompts prompts = Prompts::kWords;

  template <class V>
  void fields(V& v) {
    v("min_houses", min_houses, "fewest houses", 3, 5);
    v("max_houses", max_houses, "most houses", 3, 5);
    v("min_categories", min_categories, "fewest categories, persons among them", 2, 6);
    v("max_categories", max_categories, "most categories, persons among them", 2, 6);
    v("prompts", prompts, kPromptsHelp);
  }
};

/// Throws: std::invalid_argument if a range is empty.
std::unique_ptr<Task> make_task(const ZebraPuzzlesConfig& config);

}  // namespace hone::rewards
