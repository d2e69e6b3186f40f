#include "rewards/tasks/n_queens.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

using Queens = std::vector<std::int64_t>;  // of each row the column, from 1
constexpr std::int64_t kMissing = 0;

/// By a queen of the rows before.
bool is_attacked(const Queens& queens, std::int64_t column) {
  const auto row = static_cast<std::int64_t>(queens.size());
  for (std::int64_t other = 0; other < row; ++other) {
    const std::int64_t distance = std::abs(queens[static_cast<std::size_t>(other)] - column);
    if (distance == 0 || distance == row - other) return true;
  }
  return false;
}

/// Fills the rows that are left, in random order of columns. False: it cannot be.
bool place(Queens& queens, std::int64_t size, Random& random) {
  if (static_cast<std::int64_t>(queens.size()) == size) return true;
  Queens columns(static_cast<std::size_t>(size));
  std::iota(columns.begin(), columns.end(), std::int64_t{1});
  shuffle(columns, random);
  for (const std::int64_t column : columns) {
    if (is_attacked(queens, column)) continue;
    queens.push_back(column);
    if (place(queens, size, random)) return true;
    queens.pop_back();
  }
  return false;
}

std::vector<std::string> texts_of(const Queens& queens) {
  std::vector<std::string> texts;
  for (const std::int64_t column : queens)
    texts.push_back(column == kMissing ? "?" : std::to_string(column));
  return texts;
}

constexpr std::string_view kNQueensPhrasings[] = {
    "Queens stand on a board of {size} by {size} squares, one in each row. From the first row to "
    "the "
    "last, their columns are: {queens}. Replace each ? so that no queen attacks another. Columns "
    "are "
    "numbered from 1. Answer with the whole list, separated by commas.",
    "Place {size} queens on a board of {size} by {size} squares, one per row, so that none attacks "
    "another. For each row this list says in which column its queen is, counted from 1, with ? "
    "where "
    "that is still open: {queens}. Give the complete list, separated by commas.",
    "Solve this {size}-queens puzzle: {queens}. The numbers are the queens' columns (from 1) in "
    "one "
    "row after the other, and each ? is a queen yet to be placed. No two queens may share a column "
    "or a diagonal. Reply with the full list of columns, separated by commas.",
    "In the list {queens} each number is the column, from 1 to {size}, of the queen in that row of "
    "a "
    "chess board with {size} rows. Fill in the ?s so that no two queens attack each other, and "
    "write "
    "the finished list with commas between the numbers."};

class NQueens final : public Task {
 public:
  explicit NQueens(const NQueensConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(
            characters_of({",:=?", digits_between(1, config.max_size), NQueensConfig::kType})) {
    require_range("size", config.min_size, config.max_size);
    require_range("removed", config.min_removed, config.max_removed);
  }

  std::string_view name() const override { return NQueensConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const auto size = random.between(config_.min_size, config_.max_size);
    Queens queens;
    while (!place(queens, size, random)) queens.clear();
    const std::vector<std::string> answer = texts_of(queens);
    const auto removed = std::min(size, random.between(config_.min_removed, config_.max_removed));
    std::vector<std::size_t> rows(queens.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    shuffle(rows, random);
    for (std::int64_t i = 0; i < removed; ++i) queens[rows[static_cast<std::size_t>(i)]] = kMissing;
    const nlohmann::json metadata = {{"task", NQueensConfig::kType}, {"given", queens}};
    return {concat(NQueensConfig::kType, ":", join(texts_of(queens), ","), "="), join(answer, ","),
            metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample, [&](std::string_view found) {
      const auto given = nlohmann::json::parse(sample.metadata).at("given").get<Queens>();
      const auto items = split_list(found, ',');
      if (items.size() != given.size())
        return wrong_answer(found, concat("expected ", given.size(), " columns"));
      Queens queens;
      for (const std::string_view item : items) {
        const auto column = read_whole(item);
        const std::int64_t known = given[queens.size()];
        const bool good =
            column && *column >= 1 && *column <= static_cast<std::int64_t>(given.size());
        if (!good || (known != kMissing && known != *column))
          return wrong_answer(found, "not the queens that are given and columns of the board");
        if (is_attacked(queens, *column))
          return wrong_answer(found, "in which two queens attack each other");
        queens.push_back(*column);
      }
      return right_answer(found);
    });
  }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    const auto queens = metadata_of<Queens>(*this, problem, "given");
    return phrased(
        kNQueensPhrasings, number,
        {{"size", std::to_string(queens.size())}, {"queens", join(texts_of(queens), ", ")}});
  }

  std::string words_answer(std::string answer) const override {
    return replaced(answer, ",", ", ");
  }

  NQueensConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const NQueensConfig& config) {
  return std::make_unique<NQueens>(config);
}

}  // namespace hone::rewards
