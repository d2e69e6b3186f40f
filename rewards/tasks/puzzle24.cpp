#include "rewards/tasks/puzzle24.h"

#include <stdexcept>

#include "rewards/tasks/common.h"
#include "rewards/tasks/number_game.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kPuzzle24Explanation =
    "Make 24. Use each number before the second colon exactly once, with + - * / and parentheses. "
    "Answer with the expression alone.";
constexpr std::int64_t kTarget = 24;
constexpr std::size_t kNumbers = 4;
constexpr int kMaxPuzzle24Draws = 10'000;

class Puzzle24 final : public Task {
 public:
  explicit Puzzle24(const Puzzle24Config& config)
      : config_(config),
        explanation_(config.explain ? kPuzzle24Explanation : ""),
        alphabet_(characters_of({kNumberGameAlphabet, Puzzle24Config::kType, explanation_})) {
    require_range("value", config.min_value, config.max_value);
  }

  std::string_view name() const override { return Puzzle24Config::kType; }
  std::string_view alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    for (int draw = 0; draw < kMaxPuzzle24Draws; ++draw) {
      NumberGame game{{}, kTarget};
      std::int64_t sum = 0, product = 1;
      while (game.numbers.size() < kNumbers) {
        game.numbers.push_back(random.between(config_.min_value, config_.max_value));
        sum += game.numbers.back();
        product *= game.numbers.back();
      }
      if (sum == kTarget || product == kTarget) continue;
      const auto solution = solve_number_game(game, random);
      if (solution) return number_game_problem(*this, game, *solution, explanation_);
    }
    throw std::invalid_argument("puzzle24: such numbers never make 24");
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    return number_game_trace(*this, problem, config_.trace_tries, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_number_game(sample); }

 private:
  Puzzle24Config config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const Puzzle24Config& config) {
  return std::make_unique<Puzzle24>(config);
}

}  // namespace hone::rewards
