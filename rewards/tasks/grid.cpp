#include "rewards/tasks/grid.h"

#include "rewards/tasks/common.h"
#include "rewards/text.h"

namespace hone::rewards {

std::string grid_text(const Grid& grid) { return join(grid, "/"); }

Grid read_rows(std::string_view text) {
  Grid rows(1);
  for (const char c : trim(text)) {
    if (c == '/' || c == '\n') {
      rows.emplace_back();
    } else if (!is_space(c) && c != ',') {
      rows.back() += c;
    }
  }
  return rows;
}

std::vector<Cell> neighbours(const Grid& grid, Cell cell) {
  const auto [row, column] = cell;
  std::vector<Cell> cells;
  if (row > 0) cells.emplace_back(row - 1, column);
  if (row + 1 < grid.size()) cells.emplace_back(row + 1, column);
  if (column > 0) cells.emplace_back(row, column - 1);
  if (column + 1 < grid[row].size()) cells.emplace_back(row, column + 1);
  return cells;
}

std::vector<std::vector<int>> distances_from(const Grid& grid, std::vector<Cell> sources,
                                             char blocked) {
  std::vector<std::vector<int>> distances(grid.size(), std::vector<int>(grid[0].size(), -1));
  for (const auto& [row, column] : sources) distances[row][column] = 0;
  for (std::size_t next = 0; next < sources.size(); ++next) {
    const Cell cell = sources[next];
    for (const Cell& other : neighbours(grid, cell)) {
      int& distance = distances[other.first][other.second];
      if (distance >= 0 || grid[other.first][other.second] == blocked) continue;
      distance = distances[cell.first][cell.second] + 1;
      sources.push_back(other);
    }
  }
  return distances;
}

}  // namespace hone::rewards
