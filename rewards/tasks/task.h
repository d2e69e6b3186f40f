#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rewards/reward.h"
#include "rewards/tasks/random.h"

namespace hone::rewards {

/// What the setting `explain` of a task does.
inline constexpr const char* kExplainHelp =
    "say before each question what is asked, for models that were not taught the short form";

/// One question with its reference answer.
struct TaskProblem {
  std::string prompt;
  std::string answer;
  std::string metadata;  // JSON object: the task's name, its level and whatever the verifier needs
};

/// How worked solutions are written for a base model to learn from.
struct TraceOptions {
  double long_share = 1.0;   // share of traces that write every step; the rest guess at once
  double wrong_steps = 0.0;  // chance that a written step is wrong (and is carried on from)
  double mixed_steps = 0.0;  // chance that one is in another language, where a task has several
};

/// Problems are dealt to two splits by a hash of their prompt, so no problem is ever in both.
enum class Split { kTrain, kHeldOut };

/// The split of a prompt: about a tenth of all problems is held out.
Split split_of(std::string_view prompt);

/// A procedural family of problems with an exact verifier. Pure and thread-safe.
class Task {
 public:
  virtual ~Task() = default;
  virtual std::string_view name() const = 0;
  /// A problem of the configured level. The same random state gives the same problem.
  virtual TaskProblem generate(Random& random) const = 0;
  /// A completion for the problem: `<think>...</think><answer>...</answer>`.
  virtual std::string trace(const TaskProblem& problem, const TraceOptions& options,
                            Random& random) const = 0;
  /// Judges the text inside `<answer>` if there is one, else the whole completion.
  virtual Score verify(const Sample& sample) const = 0;
  /// Every character that prompts and traces can hold, tags apart: what a character tokenizer
  /// needs.
  virtual std::string_view alphabet() const = 0;
};

/// The `index`-th problem of a split: problems are drawn from the stream keyed by (seed, index)
/// until one falls into the split.
TaskProblem task_problem(const Task& task, Split split, std::uint64_t seed, std::uint64_t index);

}  // namespace hone::rewards
