#include "rewards/tasks/number_game.h"

#include <algorithm>

#include "rewards/tasks/common.h"

namespace hone::rewards {
namespace {

constexpr std::int64_t kMaxValue = 1'000'000;

/// What is left to be joined: a place in the expression and its value, a fraction.
struct Operand {
  std::size_t node;
  std::int64_t numerator, denominator;
};

struct Open {
  Expression expression;
  std::vector<Operand> operands;
};

Open opened(const std::vector<std::int64_t>& numbers) {
  Open open;
  for (const std::int64_t number : numbers) {
    open.operands.push_back({open.expression.size(), number, 1});
    open.expression.push_back({0, 0, 0, std::to_string(number)});
  }
  return open;
}

/// Absence means: a division by zero.
std::optional<Operand> join_operands(const Operand& a, char operation, const Operand& b,
                                     std::size_t node) {
  switch (operation) {
    case '+':
      return Operand{node, a.numerator * b.denominator + b.numerator * a.denominator,
                     a.denominator * b.denominator};
    case '-':
      return Operand{node, a.numerator * b.denominator - b.numerator * a.denominator,
                     a.denominator * b.denominator};
    case '*':
      return Operand{node, a.numerator * b.numerator, a.denominator * b.denominator};
    default:
      if (b.numerator == 0) return std::nullopt;
      return Operand{node, a.numerator * b.denominator, a.denominator * b.numerator};
  }
}

/// Joins any two operands by any operation, until one is left and is the target.
bool search(Open& open, std::int64_t target, Random& random) {
  std::vector<Operand>& operands = open.operands;
  if (operands.size() == 1) return operands[0].numerator == target * operands[0].denominator;
  const std::size_t count = operands.size(), pairs = count * count, start = random.below(pairs);
  const std::uint64_t first = random.below(4);
  for (std::size_t p = 0; p < pairs; ++p) {
    const std::size_t i = (start + p) % pairs / count, j = (start + p) % pairs % count;
    if (i == j) continue;
    const Operand left = operands[i], right = operands[j];
    for (std::uint64_t o = 0; o < 4; ++o) {
      const char operation = "+-*/"[(first + o) % 4];
      if (i > j && (operation == '+' || operation == '*')) continue;
      const auto joined = join_operands(left, operation, right, open.expression.size());
      if (!joined) continue;
      // The last operation is most of the work: no more is done for it than this.
      if (count == 2 && joined->numerator != target * joined->denominator) continue;
      open.expression.push_back({operation, left.node, right.node, {}});
      const Operand last = operands.back();
      operands.pop_back();
      // The joined one takes one place, the last one the other.
      const std::size_t low = std::min(i, j), high = std::max(i, j);
      operands[low] = *joined;
      if (high < operands.size()) operands[high] = last;
      if (search(open, target, random)) return true;
      operands.push_back(last);
      operands[i] = left;
      operands[j] = right;
      open.expression.pop_back();
    }
  }
  return false;
}

NumberGame game_of(const Task& task, const TaskProblem& problem) {
  return {metadata_of<std::vector<std::int64_t>>(task, problem, "numbers"),
          metadata_of<std::int64_t>(task, problem, "target")};
}

Expression solution_of(const Task& task, const TaskProblem& problem) {
  auto solution = parse_expression(problem.answer);
  if (!solution) not_a_problem_of(task.name(), problem.prompt);
  return std::move(*solution);
}

Expression any_attempt(const NumberGame& game, const Expression& solution, Random& random) {
  auto joined = join_at_random(game.numbers, random);
  return joined ? std::move(joined->expression) : solution;
}

/// Random attempts and then the solution, up to the first one that seems to hit the target.
/// `tried(worked, hits)` hears of each; returned is the one that hits, or else the solution.
template <class Tried>
Expression attempts(const NumberGame& game, const Expression& solution, std::int64_t tries,
                    const TraceOptions& options, Random& random, std::string_view separator,
                    Tried tried) {
  const std::string target = std::to_string(game.target);
  for (std::int64_t left = random.between(0, tries); left >= 0; --left) {
    const Expression attempt = any_attempt(game, solution, random);
    const Expression& chosen = left == 0 ? solution : attempt;
    const WorkedExpression worked = work_out(chosen, separator, options.wrong_steps, random);
    tried(worked, worked.result == target);
    if (worked.result == target) return chosen;
  }
  return solution;
}

}  // namespace

std::optional<JoinedNumbers> join_at_random(const std::vector<std::int64_t>& numbers,
                                            Random& random) {
  Open open = opened(numbers);
  while (open.operands.size() > 1) {
    shuffle(open.operands, random);
    Operand a = open.operands.back();
    open.operands.pop_back();
    Operand& b = open.operands.back();
    if (a.numerator < b.numerator) std::swap(a, b);
    std::string operations = "+";
    if (a.numerator > b.numerator) operations += '-';
    if (a.numerator * b.numerator <= kMaxValue && b.numerator > 1) operations += '*';
    if (b.numerator > 1 && a.numerator % b.numerator == 0) operations += '/';
    const char operation = pick(operations, random);
    open.expression.push_back({operation, a.node, b.node, {}});
    b = *join_operands(a, operation, b, open.expression.size() - 1);
    b.numerator /= b.denominator;
    b.denominator = 1;
    if (b.numerator > kMaxValue) return std::nullopt;
  }
  return JoinedNumbers{std::move(open.expression), open.operands[0].numerator};
}

std::optional<Expression> solve_number_game(const NumberGame& game, Random& random) {
  Open open = opened(game.numbers);
  if (game.numbers.empty() || !search(open, game.target, random)) return std::nullopt;
  return std::move(open.expression);
}

TaskProblem number_game_problem(const Task& task, const NumberGame& game,
                                const Expression& solution) {
  const nlohmann::json metadata = {
      {"task", task.name()}, {"numbers", game.numbers}, {"target", game.target}};
  return {concat(task.name(), ":", join(game.numbers, ","), ":", game.target, "="),
          expression_text(solution), metadata.dump()};
}

std::string number_game_trace(const Task& task, const TaskProblem& problem, std::int64_t tries,
                              const TraceOptions& options, Random& random) {
  const NumberGame game = game_of(task, problem);
  const Expression solution = solution_of(task, problem);
  if (!random.chance(options.long_share))
    return completion_text("", expression_text(any_attempt(game, solution, random)));
  std::string think;
  const auto found =
      attempts(game, solution, tries, options, random, ",",
               [&](const WorkedExpression& worked, bool) { add_step(think, worked.steps); });
  return completion_text(think, expression_text(found));
}

std::string number_game_words(const Task& task, const TaskProblem& problem, Phrasings phrasings,
                              std::uint64_t number) {
  const NumberGame game = game_of(task, problem);
  return phrased(phrasings, number,
                 {{"numbers", listed(game.numbers)}, {"target", std::to_string(game.target)}});
}

std::string number_game_words_trace(const Task& task, const TaskProblem& problem,
                                    std::int64_t tries, const TraceOptions& options,
                                    Random& random) {
  const NumberGame game = game_of(task, problem);
  const Expression solution = solution_of(task, problem);
  if (!random.chance(options.long_share))
    return completion_text("", spaced(expression_text(any_attempt(game, solution, random))));
  std::string think;
  const auto found = attempts(game, solution, tries, options, random, ", ",
                              [&](const WorkedExpression& worked, bool hits) {
                                say(think, "Try ", spaced(worked.steps));
                                say(think, hits ? "That is " : "That is not ", game.target);
                              });
  return completion_text(think, spaced(expression_text(found)));
}

Score verify_number_game(const Sample& sample) {
  return verify_with(sample, [&](std::string_view found) {
    const auto metadata = nlohmann::json::parse(sample.metadata);
    auto numbers = metadata.at("numbers").get<std::vector<std::int64_t>>();
    const auto target = metadata.at("target").get<std::int64_t>();
    const auto expression = parse_expression(found);
    if (!expression) return wrong_answer(found, "not numbers with + - * / and parentheses");
    std::vector<std::int64_t> used;
    for (const std::string& number : expression_numbers(*expression)) {
      const auto value = read_whole(number);
      if (!value) return wrong_answer(found, "with a number that the problem does not have");
      used.push_back(*value);
    }
    std::sort(used.begin(), used.end());
    std::sort(numbers.begin(), numbers.end());
    if (used != numbers) return wrong_answer(found, "not each of the problem's numbers once");
    const auto value = expression_value(*expression);
    if (!value) return wrong_answer(found, "a division by zero");
    if (*value == std::to_string(target)) return right_answer(found);
    return wrong_answer(found, concat("which is ", *value, ", not ", target));
  });
}

}  // namespace hone::rewards
