#include "rewards/tasks/n_queens.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "rewards/tasks/common.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kNQueensExplanation =
    "Queens on a board, none of which attacks another: for each row the column of its queen, "
    "from 1. Replace each ? and answer with the whole list.";

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

class NQueens final : public Task {
 public:
  explicit NQueens(const NQueensConfig& config)
      : config_(config),
        explanation_(config.explain ? kNQueensExplanation : ""),
        alphabet_(characters_of(
            {",:=?", digits_between(1, config.max_size), NQueensConfig::kType, explanation_})) {
    require_range("size", config.min_size, config.max_size);
    require_range("removed", config.min_removed, config.max_removed);
  }

  std::string_view name() const override { return NQueensConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

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
    return {asked(explanation_, NQueensConfig::kType, ":", join(texts_of(queens), ","), "="),
            join(answer, ","), metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
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
  NQueensConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const NQueensConfig& config) {
  return std::make_unique<NQueens>(config);
}

}  // namespace hone::rewards
