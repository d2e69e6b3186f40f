#include "rewards/tasks/binary_matrix.h"

#include <algorithm>
#include <stdexcept>

#include "rewards/tasks/common.h"
#include "rewards/tasks/grid.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kBinaryMatrixExplanation =
    "For each cell: how many steps up, down, left or right is the nearest 0 away? Answer "
    "with rows like the question, / between them.";

constexpr char kNothing = '#';  // no cell is blocked
constexpr int kMaxBinaryMatrixDraws = 100'000;

class BinaryMatrix final : public Task {
 public:
  explicit BinaryMatrix(const BinaryMatrixConfig& config)
      : config_(config),
        explanation_(config.explain ? kBinaryMatrixExplanation : ""),
        alphabet_(characters_of({"/0123456789:=", BinaryMatrixConfig::kType, explanation_})) {
    require_range("size", config.min_size, config.max_size);
  }

  std::string_view name() const override { return BinaryMatrixConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

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
      return {asked(explanation_, BinaryMatrixConfig::kType, ":", grid_text(grid), "="),
              grid_text(answer), metadata.dump()};
    }
    throw std::invalid_argument("binary_matrix: with such a p_zero there are no such matrices");
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample, [&](std::string_view found) {
      return judged(found, read_rows(found) == read_rows(sample.answer), sample.answer);
    });
  }

 private:
  BinaryMatrixConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const BinaryMatrixConfig& config) {
  return std::make_unique<BinaryMatrix>(config);
}

}  // namespace hone::rewards
