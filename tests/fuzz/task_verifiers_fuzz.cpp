#include <memory>
#include <string>
#include <vector>

#include "rewards/json_fields.h"
#include "rewards/tasks/tasks.h"

using namespace hone::rewards;

namespace {

/// A family with a few of its problems.
struct Family {
  std::unique_ptr<Task> task;
  std::vector<TaskProblem> problems;
};

std::vector<Family> families() {
  std::vector<Family> all;
  for_each_type(TaskConfig{}, [&](const auto& config) {
    Family family{make_task(TaskConfig(config)), {}};
    for (std::uint64_t i = 0; i < 4; ++i) {
      Random random{51, i};
      family.problems.push_back(family.task->generate(random));
    }
    all.push_back(std::move(family));
  });
  return all;
}

}  // namespace

// The first byte chooses the family, the second the problem; then comes a completion and, behind a
// zero byte, perhaps the metadata of a problem. Any text is judged, with a value from 0 to 1, and
// the same one again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Family> all = families();
  if (size < 2) return 0;
  const Family& family = all[data[0] % all.size()];
  const TaskProblem& problem = family.problems[data[1] % family.problems.size()];
  const std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t zero = text.find('\0');
  const std::string completion = text.substr(0, zero);
  const std::string metadata = zero == std::string::npos ? problem.metadata : text.substr(zero + 1);
  const Sample sample{.prompt = problem.prompt,
                      .completion = completion,
                      .answer = problem.answer,
                      .metadata = metadata};
  const Score score = family.task->verify(sample);
  const bool right = score.status == Status::kCorrect;
  if (score.value < 0 || score.value > 1 || right != (score.value == 1)) __builtin_trap();
  if (family.task->verify(sample).detail != score.detail) __builtin_trap();
  return 0;
}
