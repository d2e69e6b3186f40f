#include "rewards/tasks/zebra_solver.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <numeric>

namespace hone::rewards {
namespace {

// An order of a category's values is one of houses! permutations, and a set of orders a bitset.
constexpr std::size_t kMaxOrders = 120;
using Orders = std::bitset<kMaxOrders>;
using Houses = std::array<std::size_t, kMaxZebraHouses>;  // of each value

/// All orders, and for each value and house those that put it there.
struct OrderTable {
  std::vector<Houses> orders;
  std::array<std::array<Orders, kMaxZebraHouses>, kMaxZebraHouses> with;

  explicit OrderTable(std::size_t houses) {
    Houses order{};
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(houses);
    std::iota(order.begin(), end, std::size_t{0});
    do {
      for (std::size_t value = 0; value < houses; ++value) {
        with[value][order[value]].set(orders.size());
      }
      orders.push_back(order);
    } while (std::next_permutation(order.begin(), end));
  }
};

const OrderTable& order_table(std::size_t houses) {
  static const std::array<OrderTable, kMaxZebraHouses + 1> tables = {
      OrderTable(0), OrderTable(1), OrderTable(2), OrderTable(3), OrderTable(4), OrderTable(5)};
  return tables.at(houses);
}

bool holds(char relation, std::size_t first, std::size_t second) {
  if (relation == '<') return first + 1 == second;
  if (relation == '-') return first + 1 == second || second + 1 == first;
  return first == second;
}

/// Goes through the categories one by one; each order chosen narrows the ones that follow.
class Search {
 public:
  Search(const std::vector<ZebraClue>& clues, std::size_t categories, std::size_t houses)
      : table_(order_table(houses)), categories_(categories) {
    const std::size_t count = table_.orders.size();
    Orders all;
    for (std::size_t order = 0; order < count; ++order) all.set(order);
    left_.fill(all);
    for (std::size_t a = 0; a < categories; ++a) {
      for (std::size_t b = a + 1; b < categories; ++b) pairs_[a][b].assign(count, all);
    }
    for (const ZebraClue& clue : clues) add(clue, houses);
  }

  int count(int limit) const { return count(0, left_, limit); }

 private:
  using Left = std::array<Orders, kMaxZebraCategories>;

  void add(const ZebraClue& clue, std::size_t houses) {
    const auto [a, b] = std::pair(clue.first.category, clue.second.category);
    if (clue.relation == '@') {
      left_[a] &= table_.with[clue.first.value][clue.second.value];
      return;
    }
    for (std::size_t order = 0; order < table_.orders.size(); ++order) {
      // The category that is chosen first narrows the other one.
      const ZebraValue& chosen = a <= b ? clue.first : clue.second;
      const ZebraValue& other = a <= b ? clue.second : clue.first;
      const std::size_t at = table_.orders[order][chosen.value];
      Orders fitting;
      for (std::size_t house = 0; house < houses; ++house) {
        const bool fits =
            a <= b ? holds(clue.relation, at, house) : holds(clue.relation, house, at);
        if (fits) fitting |= table_.with[other.value][house];
      }
      if (a != b) {
        pairs_[std::min(a, b)][std::max(a, b)][order] &= fitting;
      } else if (!fitting[order]) {
        left_[a].reset(order);
      }
    }
  }

  int count(std::size_t category, const Left& left, int limit) const {
    if (category == categories_) return 1;
    int found = 0;
    for (std::size_t order = 0; order < table_.orders.size() && found < limit; ++order) {
      if (!left[category][order]) continue;
      Left narrowed = left;
      bool possible = true;
      for (std::size_t other = category + 1; other < categories_ && possible; ++other) {
        narrowed[other] &= pairs_[category][other][order];
        possible = narrowed[other].any();
      }
      if (possible) found += count(category + 1, narrowed, limit - found);
    }
    return found;
  }

  const OrderTable& table_;
  std::size_t categories_;
  Left left_;
  std::array<std::array<std::vector<Orders>, kMaxZebraCategories>, kMaxZebraCategories> pairs_;
};

}  // namespace

int count_zebra_solutions(const std::vector<ZebraClue>& clues, std::size_t categories,
                          std::size_t houses, int limit) {
  return Search(clues, categories, houses).count(limit);
}

std::vector<ZebraClue> enough_zebra_clues(const std::vector<ZebraClue>& clues,
                                          std::size_t categories, std::size_t houses) {
  const auto unique = [&](const std::vector<ZebraClue>& some) {
    return count_zebra_solutions(some, categories, houses, 2) == 1;
  };
  // Halving, as more clues never make more solutions.
  std::size_t low = 0, high = clues.size();
  const auto front = [&](std::size_t count) {
    return std::vector<ZebraClue>(clues.begin(),
                                  clues.begin() + static_cast<std::ptrdiff_t>(count));
  };
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (unique(front(middle))) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  std::vector<ZebraClue> kept = front(low);
  for (std::size_t i = kept.size(); i-- > 0;) {
    std::vector<ZebraClue> without = kept;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
    if (unique(without)) kept = std::move(without);
  }
  return kept;
}

}  // namespace hone::rewards
