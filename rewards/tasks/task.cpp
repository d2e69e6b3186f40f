#include "rewards/tasks/task.h"

#include <stdexcept>

#include "rewards/hash.h"

namespace hone::rewards {
namespace {

// Enough that a split with one problem in ten thousand is found; few enough to end at once.
constexpr int kMaxSplitDraws = 100'000;

}  // namespace

Split split_of(std::string_view prompt) {
  return hash64(prompt) % 10 == 0 ? Split::kHeldOut : Split::kTrain;
}

TaskProblem task_problem(const Task& task, Split split, std::uint64_t seed, std::uint64_t index) {
  Random random{seed, index};
  for (int draw = 0; draw < kMaxSplitDraws; ++draw) {
    TaskProblem problem = task.generate(random);
    if (split_of(problem.prompt) == split) return problem;
  }
  throw std::invalid_argument(
      "task " + std::string(task.name()) + " has so few problems that none is " +
      (split == Split::kTrain ? "for training" : "held out") + ": choose a harder level");
}

}  // namespace hone::rewards
