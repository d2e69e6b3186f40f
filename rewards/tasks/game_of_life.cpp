#include "rewards/tasks/game_of_life.h"

#include <algorithm>
#include <stdexcept>

#include "rewards/tasks/common.h"
#include "rewards/tasks/grid.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr char kAlive = '1', kDead = '0';
constexpr int kMaxGameOfLifeDraws = 10'000;

Grid step(const Grid& grid) {
  const std::size_t rows = grid.size(), columns = grid[0].size();
  Grid next = grid;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      int around = 0;
      for (std::size_t i = 0; i < 9; ++i) {
        if (i == 4) continue;  // the cell itself
        const std::string& line = grid[(row + rows + i / 3 - 1) % rows];
        around += line[(column + columns + i % 3 - 1) % columns] == kAlive;
      }
      const bool alive = around == 3 || (around == 2 && grid[row][column] == kAlive);
      next[row][column] = alive ? kAlive : kDead;
    }
  }
  return next;
}

constexpr std::string_view kGameOfLifePhrasings[] = {
    "This is a grid of Conway's Game of Life, with 1 for a live cell and 0 for a dead "
    "one:\n{grid}\n"
    "The grid wraps around at its edges. What does it look like after {steps}? Answer with the "
    "grid "
    "in the same form, one line for each row.",
    "Run Conway's Game of Life for {steps} on this grid, whose opposite edges are joined (1 is "
    "alive, 0 is dead):\n{grid}\nGive only the resulting grid, one row per line.",
    "{grid}\nAbove is a board of the Game of Life: 1s are alive, 0s are dead, and each edge "
    "continues at the opposite one. Work out the board after {steps}. Reply with its rows, each on "
    "a line of its own.",
    "Apply the rules of Conway's Game of Life to this board and go on for {steps}. Cells beyond an "
    "edge are those at the opposite edge; 1 means alive and 0 dead.\n{grid}\nWrite the final board "
    "in the same way, line by line."};

class GameOfLife final : public Task {
 public:
  explicit GameOfLife(const GameOfLifeConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({"/01:=", digits_between(config.min_steps, config.max_steps),
                                 GameOfLifeConfig::kType})) {
    require_range("size", config.min_size, config.max_size);
    require_range("steps", config.min_steps, config.max_steps);
  }

  std::string_view name() const override { return GameOfLifeConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    for (int draw = 0; draw < kMaxGameOfLifeDraws; ++draw) {
      const auto size =
          static_cast<std::size_t>(random.between(config_.min_size, config_.max_size));
      const std::int64_t steps = random.between(config_.min_steps, config_.max_steps);
      Grid start(size, std::string(size, kDead));
      for (std::string& row : start) {
        for (char& cell : row) cell = random.chance(config_.fill) ? kAlive : kDead;
      }
      Grid end = start;
      for (std::int64_t i = 0; i < steps; ++i) end = step(end);
      const bool alive = std::any_of(end.begin(), end.end(), [](const std::string& row) {
        return row.find(kAlive) != std::string::npos;
      });
      if (!alive || end == start) continue;
      const nlohmann::json metadata = {
          {"task", GameOfLifeConfig::kType}, {"size", size}, {"steps", steps}};
      return {concat(GameOfLifeConfig::kType, ":", steps, ":", grid_text(start), "="),
              grid_text(end), metadata.dump()};
    }
    throw std::invalid_argument("game_of_life: at this level everything dies or stands still");
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
    const std::string question = question_of(*this, problem);
    const auto steps = metadata_of<std::int64_t>(*this, problem, "steps");
    return phrased(kGameOfLifePhrasings, number,
                   {{"steps", counted(steps, "step")},
                    {"grid", words_answer(question.substr(question.find(':') + 1))}});
  }

  std::string words_answer(std::string answer) const override {
    return replaced(answer, "/", "\n");
  }

  GameOfLifeConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const GameOfLifeConfig& config) {
  return std::make_unique<GameOfLife>(config);
}

}  // namespace hone::rewards
