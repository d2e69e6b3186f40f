#include "rewards/tasks/binary_matrix.h"

#include <algorithm>
#include <stdexcept>

#include "rewards/tasks/common.h"
#include "rewards/tasks/grid.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr char kNothing = '#';  // no cell is blocked
constexpr int kMaxBinaryMatrixDraws = 100'000;

constexpr std::string_view kBinaryMatrixPhrasings[] = {
    "Here is a grid of 0s and 1s:\n{grid}\nReplace each cell by its distance to the nearest 0, "
    "counted in steps up, down, left or right. Answer with the new grid in the same form, one line "
    "for each row.",
    "For every cell of this grid, find how many steps up, down, left or right the nearest 0 is "
    "away:\n{grid}\nGive the numbers as a grid of the same size, one row per line, without spaces.",
    "{grid}\nIn the grid above, a step goes up, down, left or right. What is the smallest number "
    "of "
    "steps from each cell to a cell that holds 0? Write these numbers as a grid, row by row, each "
    "row on a line of its own.",
    "How far is each cell of the following grid from the closest 0, if one can only move up, down, "
    "left and right?\n{grid}\nReply with just the grid of distances, each row on its own line."};

class BinaryMatrix final : public Task {
 public:
  explicit BinaryMatrix(const BinaryMatrixConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({"/0123456789:=", BinaryMatrixConfig::kType})) {
    require_range("size", config.min_size, config.max_size);
  }

  std::string_view name() const override { return BinaryMatrixConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    for (int draw = 0; draw < kMaxBinaryMatrixDraws; ++draw) {
      const auto size =
          static_cast<std::size_t>(random.between(config_.min_size, config_.max_size));
      Grid grid(size, std::string(size, '1'));
      std::vector<Cell> zeros;
      for (std::size_t row = 0; row < size; ++row) {
        for (std::size_t column = 0; column < size; ++column) {
          if (!random.chance(config_.p_zero)) continue;
          grid[row][column] = '0';
          zeros.emplace_back(row, column);
        }
      }
      if (zeros.empty()) continue;
      Grid answer = grid;
      int farthest = 0;
      const auto distances = distances_from(grid, zeros, kNothing);
      for (std::size_t row = 0; row < size; ++row) {
        for (std::size_t column = 0; column < size; ++column) {
          answer[row][column] = static_cast<char>('0' + distances[row][column]);
          farthest = std::max(farthest, distances[row][column]);
        }
      }
      if (farthest < 2 || farthest > 9) continue;
      const nlohmann::json metadata = {{"task", BinaryMatrixConfig::kType}, {"size", size}};
      return {concat(BinaryMatrixConfig::kType, ":", grid_text(grid), "="), grid_text(answer),
              metadata.dump()};
    }
    throw std::invalid_argument("binary_matrix: with such a p_zero there are no such matrices");
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample, [&](std::string_view found) {
      return judged(found, read_rows(found) == read_rows(sample.answer), sample.answer);
    });
  }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kBinaryMatrixPhrasings, number,
                   {{"grid", words_answer(question_of(*this, problem))}});
  }

  std::string words_answer(std::string answer) const override {
    return replaced(answer, "/", "\n");
  }

  BinaryMatrixConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const BinaryMatrixConfig& config) {
  return std::make_unique<BinaryMatrix>(config);
}

}  // namespace hone::rewards
