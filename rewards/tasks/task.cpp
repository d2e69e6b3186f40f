#include "rewards/tasks/task.h"

#include <stdexcept>
#include <utility>

#include "rewards/hash.h"
#include "rewards/tasks/common.h"

namespace hone::rewards {
namespace {

// Enough that a split with one problem in ten thousand is found; few enough to end at once.
constexpr int kMaxSplitDraws = 100'000;

/// Of printable ASCII and the end of a line: any English can be written with them.
constexpr std::string_view kWordsAlphabet =
    "\n !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
    "abcdefghijklmnopqrstuvwxyz{|}~";

}  // namespace

Split split_of(std::string_view code) {
  return hash64(code) % 10 == 0 ? Split::kHeldOut : Split::kTrain;
}

TaskProblem Task::asked(TaskProblem problem, std::uint64_t number) const {
  if (prompts_ == Prompts::kCodes) return problem;
  std::string prompt = words(problem, number);
  problem.code = std::exchange(problem.prompt, std::move(prompt));
  problem.answer = words_answer(std::move(problem.answer));
  return problem;
}

std::string Task::trace(const TaskProblem& problem, const TraceOptions& options,
                        Random& random) const {
  TraceOptions wanted = options;
  if (options.short_answers == ShortAnswers::kRight) {
    if (!random.chance(options.long_share)) return completion_text("", problem.answer);
    wanted.long_share = 1.0;
  }
  return prompts_ == Prompts::kCodes ? code_trace(problem, wanted, random)
                                     : words_trace(problem, wanted, random);
}

std::string Task::words_trace(const TaskProblem& problem, const TraceOptions& options,
                              Random& random) const {
  return code_trace(problem, options, random);
}

std::string Task::as_asked(std::string answer) const {
  return prompts_ == Prompts::kCodes ? answer : words_answer(std::move(answer));
}

std::string_view Task::alphabet() const {
  return prompts_ == Prompts::kCodes ? code_alphabet() : kWordsAlphabet;
}

TaskProblem task_problem(const Task& task, Split split, std::uint64_t seed, std::uint64_t index) {
  Random random{seed, index};
  for (int draw = 0; draw < kMaxSplitDraws; ++draw) {
    TaskProblem problem = task.generate(random);
    if (split_of(problem.prompt) == split) return task.asked(std::move(problem), index);
  }
  throw std::invalid_argument(
      "task " + std::string(task.name()) + " has so few problems that none is " +
      (split == Split::kTrain ? "for training" : "held out") + ": choose a harder level");
}

}  // namespace hone::rewards
