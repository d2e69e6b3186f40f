#include "rewards/tasks/shortest_path.h"

#include <optional>
#include <stdexcept>

#include "rewards/tasks/common.h"
#include "rewards/tasks/grid.h"
#include "rewards/tasks/phrasing.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr char kBlocked = '#', kFree = '.';
// Each as far from the end as its opposite from the start.
constexpr std::string_view kMoves = "ULRD";
constexpr int kMaxShortestPathDraws = 10'000;

char upper(char c) { return static_cast<char>(c - 'a' + 'A'); }

/// Absence means: there is no such cell.
std::optional<Cell> start_of(const Grid& grid) {
  for (std::size_t row = 0; row < grid.size(); ++row) {
    const std::size_t column = grid[row].find('S');
    if (column != std::string::npos) return Cell(row, column);
  }
  return std::nullopt;
}

/// The cell that a move leads to. Absence means: it leads nowhere.
std::optional<Cell> moved(const Grid& grid, Cell cell, char move) {
  auto [row, column] = cell;
  // Below 0 is far above every size.
  if (move == 'U') --row;
  if (move == 'D') ++row;
  if (move == 'L') --column;
  if (move == 'R') ++column;
  const bool inside = row < grid.size() && column < grid[row].size();
  if (!inside || Cell(row, column) == cell || grid[row][column] == kBlocked) return std::nullopt;
  return Cell(row, column);
}

/// Backward from the goal, where two ways are as short by chance.
std::string path_to(Cell goal, const Grid& grid, const std::vector<std::vector<int>>& distances,
                    Random& random) {
  std::string path;
  for (Cell cell = goal; distances[cell.first][cell.second] > 0;) {
    std::string ways;
    for (const char back : kMoves) {
      const auto before = moved(grid, cell, back);
      if (before &&
          distances[before->first][before->second] == distances[cell.first][cell.second] - 1)
        ways += back;
    }
    const char back = pick(ways, random);
    cell = *moved(grid, cell, back);
    path += kMoves[3 - kMoves.find(back)];
  }
  return {path.rbegin(), path.rend()};
}

constexpr std::string_view kShortestPathPhrasings[] = {
    "In this map, S is the start, G is the goal, # is a wall and . is free:\n{grid}\nFind a "
    "shortest "
    "path from S to G, going up, down, left or right. Answer with one letter for each step: U, D, "
    "L "
    "or R.",
    "Find the quickest way from S to G in the grid below. You can move up (U), down (D), left (L) "
    "and right (R), but not onto a # cell.\n{grid}\nGive only the letters of the moves, one after "
    "the "
    "other.",
    "{grid}\nHow do you get from S to G in this maze in as few steps as possible, without walking "
    "into a wall (#)? Write your moves as a string of the letters U, D, L and R for up, down, left "
    "and right.",
    "A robot stands at S and must reach G around the walls marked #. It can go one cell up, down, "
    "left or right at a time.\n{grid}\nReply with a shortest list of moves, as letters U, D, L and "
    "R "
    "without anything between them."};

class ShortestPath final : public Task {
 public:
  explicit ShortestPath(const ShortestPathConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({"#./:=SGUDLR", ShortestPathConfig::kType})) {
    require_range("size", config.min_size, config.max_size);
  }

  std::string_view name() const override { return ShortestPathConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    for (int draw = 0; draw < kMaxShortestPathDraws; ++draw) {
      const auto side = [&] {
        return static_cast<std::size_t>(random.between(config_.min_size, config_.max_size));
      };
      Grid grid(side(), std::string(side(), kFree));
      for (std::string& row : grid) {
        for (char& cell : row) cell = random.chance(config_.p_blocked) ? kBlocked : kFree;
      }
      const auto cell = [&] {
        return Cell(random.below(grid.size()), random.below(grid[0].size()));
      };
      const Cell start = cell(), goal = cell();
      grid[start.first][start.second] = 'S';
      grid[goal.first][goal.second] = 'G';
      const auto distances = distances_from(grid, {start}, kBlocked);
      const int length = distances[goal.first][goal.second];
      if (length < config_.min_steps || start == goal) continue;
      const nlohmann::json metadata = {
          {"task", ShortestPathConfig::kType}, {"grid", grid}, {"length", length}};
      return {concat(ShortestPathConfig::kType, ":", grid_text(grid), "="),
              path_to(goal, grid, distances, random), metadata.dump()};
    }
    throw std::invalid_argument("shortest_path: at this level there are no paths so long");
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample, [&](std::string_view found) {
      const auto metadata = nlohmann::json::parse(sample.metadata);
      const auto grid = metadata.at("grid").get<Grid>();
      const auto length = metadata.at("length").get<std::size_t>();
      std::string moves;
      for (const char c : found) {
        if (!is_space(c) && c != ',') moves += c >= 'a' && c <= 'z' ? upper(c) : c;
      }
      if (moves.size() != length)
        return wrong_answer(found, concat("a shortest path has ", length, " steps"));
      std::optional<Cell> cell = start_of(grid);
      if (!cell) return no_judgement("the problem's grid has no start");
      for (const char move : moves) {
        cell = moved(grid, *cell, move);
        if (!cell)
          return wrong_answer(found, "which leaves the grid, is blocked or has other letters");
      }
      return judged(found, grid[cell->first][cell->second] == 'G', "an end at G");
    });
  }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kShortestPathPhrasings, number,
                   {{"grid", replaced(question_of(*this, problem), "/", "\n")}});
  }

  ShortestPathConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const ShortestPathConfig& config) {
  return std::make_unique<ShortestPath>(config);
}

}  // namespace hone::rewards
