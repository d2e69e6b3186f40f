#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hone::rewards {

/// Rows of characters, all of one length.
using Grid = std::vector<std::string>;

/// A row and a column, from 0.
using Cell = std::pair<std::size_t, std::size_t>;

/// The rows with `/` between them.
std::string grid_text(const Grid& grid);

/// The rows of such text; they may also be lines, and commas and white space in them do not count.
/// Whether the rows are of one length is for the caller to see.
Grid read_rows(std::string_view text);

/// The four cells around one, as far as they are in the grid: up, down, left, right.
std::vector<Cell> neighbours(const Grid& grid, Cell cell);

/// For each cell the fewest steps, up, down, left or right, from the nearest source; -1 where none
/// leads. No step enters a cell that is `blocked`.
std::vector<std::vector<int>> distances_from(const Grid& grid, std::vector<Cell> sources,
                                             char blocked);

}  // namespace hone::rewards
