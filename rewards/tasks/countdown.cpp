#include "rewards/tasks/countdown.h"

#include <stdexcept>

#include "rewards/tasks/common.h"
#include "rewards/tasks/number_game.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr int kMaxCountdownDraws = 100'000;

/// Neither of the two expressions that can be written without a look at the target.
bool is_trivial(const NumberGame& game) {
  std::int64_t sum = 0, product = 1;
  for (const std::int64_t number : game.numbers) {
    sum += number;
    if (product <= game.target) product *= number;
  }
  return game.target == sum || game.target == product;
}

constexpr std::string_view kCountdownPhrasings[] = {
    "Make {target} from the numbers {numbers}. Use each number exactly once, with +, -, *, / and "
    "parentheses. Answer with the expression alone.",
    "Using each of the numbers {numbers} exactly once, and the operations +, -, * and / with "
    "parentheses where you need them, write an expression that equals {target}. Give only the "
    "expression.",
    "How can {numbers} be combined with +, -, *, / and parentheses to get {target}? Every number "
    "must be used exactly once. Reply with just the expression.",
    "The target is {target} and the numbers are {numbers}. Write an arithmetic expression that has "
    "the target as its value and uses each number once, with +, -, *, / and parentheses. Answer "
    "with that expression only."};

class Countdown final : public Task {
 public:
  explicit Countdown(const CountdownConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({kNumberGameAlphabet, CountdownConfig::kType})) {
    require_range("numbers", config.min_numbers, config.max_numbers);
    require_range("value", config.min_value, config.max_value);
    require_range("target", config.min_target, config.max_target);
  }

  std::string_view name() const override { return CountdownConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    for (int draw = 0; draw < kMaxCountdownDraws; ++draw) {
      NumberGame game;
      const auto count = random.between(config_.min_numbers, config_.max_numbers);
      for (std::int64_t i = 0; i < count; ++i) {
        game.numbers.push_back(random.between(config_.min_value, config_.max_value));
      }
      const auto joined = join_at_random(game.numbers, random);
      if (!joined || joined->value < config_.min_target || joined->value > config_.max_target) {
        continue;
      }
      game.target = joined->value;
      if (!is_trivial(game)) {
        return number_game_problem(*this, game, joined->expression);
      }
    }
    throw std::invalid_argument("countdown: such numbers never make such targets");
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return number_game_trace(*this, problem, config_.trace_tries, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_number_game(sample); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return number_game_words(*this, problem, kCountdownPhrasings, number);
  }

  std::string words_answer(std::string answer) const override { return spaced(answer); }

  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    return number_game_words_trace(*this, problem, config_.trace_tries, options, random);
  }

  CountdownConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const CountdownConfig& config) {
  return std::make_unique<Countdown>(config);
}

}  // namespace hone::rewards
