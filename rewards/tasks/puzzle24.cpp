#include "rewards/tasks/puzzle24.h"

#include <stdexcept>

#include "rewards/tasks/common.h"
#include "rewards/tasks/number_game.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr std::int64_t kTarget = 24;
constexpr std::size_t kNumbers = 4;
constexpr int kMaxPuzzle24Draws = 10'000;

constexpr std::string_view kPuzzle24Phrasings[] = {
    "Make {target} from the numbers {numbers}. Use each number exactly once, with +, -, *, / and "
    "parentheses. Answer with the expression alone.",
    "Play the game of 24 with {numbers}: use each number exactly once, with +, -, *, / and "
    "parentheses, to get {target}. Give only the expression.",
    "Write an expression that equals {target} and uses each of the numbers {numbers} exactly once. "
    "You may use +, -, *, / and parentheses. Reply with just the expression.",
    "How do you get {target} out of {numbers} with +, -, *, / and parentheses, if every number "
    "must "
    "be used exactly once? Answer with the expression only."};

class Puzzle24 final : public Task {
 public:
  explicit Puzzle24(const Puzzle24Config& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({kNumberGameAlphabet, Puzzle24Config::kType})) {
    require_range("value", config.min_value, config.max_value);
  }

  std::string_view name() const override { return Puzzle24Config::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

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
      if (solution) return number_game_problem(*this, game, *solution);
    }
    throw std::invalid_argument("puzzle24: such numbers never make 24");
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return number_game_trace(*this, problem, config_.trace_tries, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_number_game(sample); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return number_game_words(*this, problem, kPuzzle24Phrasings, number);
  }

  std::string words_answer(std::string answer) const override { return spaced(answer); }

  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    return number_game_words_trace(*this, problem, config_.trace_tries, options, random);
  }

  Puzzle24Config config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const Puzzle24Config& config) {
  return std::make_unique<Puzzle24>(config);
}

}  // namespace hone::rewards
