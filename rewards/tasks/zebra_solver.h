#pragma once

#include <cstddef>
#include <vector>

namespace hone::rewards {

/// A value of a category; each category has as many as there are houses.
struct ZebraValue {
  std::size_t category = 0, value = 0;
};

/// `=` in one house, `@` in the house `second.value`, `-` in houses next to each other, `<` in the
/// house directly left of the other's.
struct ZebraClue {
  char relation = '=';
  ZebraValue first, second;
};

inline constexpr std::size_t kMaxZebraHouses = 5, kMaxZebraCategories = 6;

/// How many ways there are to place all values so that the clues are true; counting ends at
/// `limit`.
int count_zebra_solutions(const std::vector<ZebraClue>& clues, std::size_t categories,
                          std::size_t houses, int limit);

/// As many of the clues, from the front, as make the solution the only one, and then without those
/// that the others make needless. All clues together must have one solution.
std::vector<ZebraClue> enough_zebra_clues(const std::vector<ZebraClue>& clues,
                                          std::size_t categories, std::size_t houses);

}  // namespace hone::rewards
