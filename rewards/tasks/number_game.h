#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rewards/tasks/expression.h"
#include "rewards/tasks/phrasing.h"
#include "rewards/tasks/task.h"

namespace hone::rewards {

/// "Make the target of these numbers": what countdown and puzzle24 have in common. Each number is
/// used exactly once, with + - * / and parentheses.
struct NumberGame {
  std::vector<std::int64_t> numbers;
  std::int64_t target = 0;
};

/// The numbers joined two by two at random. Every value on the way is a whole number above 0 and
/// at most 10^6. Absence means: this time it came to a dead end.
struct JoinedNumbers {
  Expression expression;
  std::int64_t value = 0;
};
std::optional<JoinedNumbers> join_at_random(const std::vector<std::int64_t>& numbers,
                                            Random& random);

/// A solution among all there are, fractions on the way included; the search begins at random. Time
/// grows faster than the factorial: for up to 5 numbers.
std::optional<Expression> solve_number_game(const NumberGame& game, Random& random);

/// The problem with its solution: `NAME:3,8,12:60=`.
TaskProblem number_game_problem(const Task& task, const NumberGame& game,
                                const Expression& solution);

/// Random attempts, at most `tries`, then a solution: `8+3=11,12*11=132;12-8=4,...`. A step is
/// wrong with the chance of `wrong_steps`; an attempt that seems to hit the target is the answer.
std::string number_game_trace(const Task& task, const TaskProblem& problem, std::int64_t tries,
                              const TraceOptions& options, Random& random);

/// The same in words.
std::string number_game_words(const Task& task, const TaskProblem& problem, Phrasings phrasings,
                              std::uint64_t number);
std::string number_game_words_trace(const Task& task, const TaskProblem& problem,
                                    std::int64_t tries, const TraceOptions& options,
                                    Random& random);

/// Judges the value of an expression, exactly, and that it uses the problem's own numbers.
Score verify_number_game(const Sample& sample);

inline constexpr std::string_view kNumberGameAlphabet = "()*+,-./0123456789:;=";

}  // namespace hone::rewards
