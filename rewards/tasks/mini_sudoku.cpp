#include "rewards/tasks/mini_sudoku.h"

#include <algorithm>
#include <numeric>

#include "rewards/tasks/common.h"
#include "rewards/tasks/grid.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr std::size_t kSize = 4, kQuarter = 2;
constexpr std::string_view kSudokuDigits = "1234";
constexpr char kEmpty = '.';

/// Beside what is there.
bool may_stand(const Grid& grid, std::size_t row, std::size_t column, char digit) {
  for (std::size_t i = 0; i < kSize; ++i) {
    const std::size_t quarter_row = row / kQuarter * kQuarter + i / kQuarter;
    const std::size_t quarter_column = column / kQuarter * kQuarter + i % kQuarter;
    if (grid[row][i] == digit || grid[i][column] == digit ||
        grid[quarter_row][quarter_column] == digit) {
      return false;
    }
  }
  return true;
}

/// Fills the cells from this one on, in random order of digits. False: it cannot be.
bool fill(Grid& grid, std::size_t cell, Random& random) {
  if (cell == kSize * kSize) return true;
  std::string digits(kSudokuDigits);
  shuffle(digits, random);
  char& place = grid[cell / kSize][cell % kSize];
  for (const char digit : digits) {
    if (!may_stand(grid, cell / kSize, cell % kSize, digit)) continue;
    place = digit;
    if (fill(grid, cell + 1, random)) return true;
    place = kEmpty;
  }
  return false;
}

bool is_board(const Grid& grid) {
  return grid.size() == kSize && std::all_of(grid.begin(), grid.end(), [](const std::string& row) {
           return row.size() == kSize;
         });
}

constexpr std::string_view kMiniSudokuPhrasings[] = {
    "Solve this 4 by 4 sudoku, in which dots are empty cells:\n{grid}\nEvery row, every column and "
    "every 2 by 2 block must contain the digits 1 to 4 once. Answer with the four finished rows, "
    "one "
    "per line.",
    "Fill the dots in this grid with digits from 1 to 4:\n{grid}\nNo digit may occur twice in a "
    "row, "
    "in a column or in one of the four 2 by 2 quarters. Give only the completed grid, one line for "
    "each row.",
    "{grid}\nThis is a small sudoku with the digits 1 to 4 and with dots for what is missing. Each "
    "digit belongs once in every row, column and 2 by 2 block. Write the solution in the same "
    "form, "
    "row by row.",
    "Complete the 4 by 4 sudoku below, so that each row, each column and each 2 by 2 block has all "
    "the digits 1, 2, 3 and 4.\n{grid}\nReply with just the solved grid, each row on its own "
    "line."};

class MiniSudoku final : public Task {
 public:
  explicit MiniSudoku(const MiniSudokuConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({"./1234:=", MiniSudokuConfig::kType})) {
    require_range("empty", config.min_empty, config.max_empty);
  }

  std::string_view name() const override { return MiniSudokuConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    Grid grid(kSize, std::string(kSize, kEmpty));
    fill(grid, 0, random);
    const std::string answer = grid_text(grid);
    std::vector<std::size_t> cells(kSize * kSize);
    std::iota(cells.begin(), cells.end(), std::size_t{0});
    shuffle(cells, random);
    cells.resize(static_cast<std::size_t>(random.between(config_.min_empty, config_.max_empty)));
    for (const std::size_t cell : cells) grid[cell / kSize][cell % kSize] = kEmpty;
    const nlohmann::json metadata = {{"task", MiniSudokuConfig::kType}, {"given", grid}};
    return {concat(MiniSudokuConfig::kType, ":", grid_text(grid), "="), answer, metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample, [&](std::string_view found) {
      const auto given = nlohmann::json::parse(sample.metadata).at("given").get<Grid>();
      const Grid rows = read_rows(found);
      if (!is_board(given)) return no_judgement("the problem's givens are no board");
      if (!is_board(rows)) return wrong_answer(found, "not four rows of four");
      Grid grid(kSize, std::string(kSize, kEmpty));
      for (std::size_t cell = 0; cell < kSize * kSize; ++cell) {
        const std::size_t row = cell / kSize, column = cell % kSize;
        const char digit = rows[row][column];
        if (given[row][column] != kEmpty && given[row][column] != digit)
          return wrong_answer(found, "which changes what is given");
        if (kSudokuDigits.find(digit) == std::string_view::npos ||
            !may_stand(grid, row, column, digit))
          return wrong_answer(found, "which breaks the rules");
        grid[row][column] = digit;
      }
      return right_answer(found);
    });
  }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kMiniSudokuPhrasings, number,
                   {{"grid", words_answer(question_of(*this, problem))}});
  }

  std::string words_answer(std::string answer) const override {
    return replaced(answer, "/", "\n");
  }

  MiniSudokuConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const MiniSudokuConfig& config) {
  return std::make_unique<MiniSudoku>(config);
}

}  // namespace hone::rewards
