#include "rl/data.h"

#include <stdexcept>

#include "model/error.h"

namespace hone::rl {
namespace {

/// A task family as problems without end.
class TaskProblems : public rollout::ProblemSource {
 public:
  TaskProblems(const rewards::TaskConfig& config, rewards::Split split, std::uint64_t seed)
      : task_(rewards::make_task(config)), split_(split), seed_(seed) {}

  rollout::Problem at(std::uint64_t position) const override {
    try {
      rewards::TaskProblem problem = rewards::task_problem(*task_, split_, seed_, position);
      return {std::move(problem.prompt), std::move(problem.answer), std::move(problem.metadata)};
    } catch (const std::invalid_argument& error) {
      throw DataError("task", error.what());
    }
  }
  std::uint64_t size() const override { return 0; }

 private:
  std::unique_ptr<rewards::Task> task_;
  rewards::Split split_;
  std::uint64_t seed_;
};

}  // namespace

std::shared_ptr<const rollout::ProblemSource> open_problems(const DataConfig& config,
                                                            rewards::Split split,
                                                            std::uint64_t seed) {
  try {
    if (config.task) return std::make_shared<TaskProblems>(*config.task, split, seed);
  } catch (const std::invalid_argument& error) {
    throw DataError("task", error.what());
  }
  return rollout::read_dataset(config.dataset.value(), seed);
}

}  // namespace hone::rl
