#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "rewards/reward.h"
#include "rewards/tasks/random.h"

namespace hone::rewards {

/// How a task asks: in plain English, or in a short form of its own (`chain_sum:12+5-3=`).
enum class Prompts { kWords, kCodes };
constexpr std::array<std::string_view, 2> enum_names(Prompts) { return {"words", "codes"}; }

/// What the setting `prompts` of a task does.
inline constexpr const char* kPromptsHelp =
    "words: in plain English; codes: in a short form, for models that start from random weights";

/// One question with its reference answer.
struct TaskProblem {
  std::string prompt;
  std::string answer;
  std::string metadata;   // JSON object: the task's name, its level and whatever the verifier needs
  std::string code = {};  // the question in its short form, where the prompt is in words

  /// The question in its short form, however it is asked.
  const std::string& short_form() const { return code.empty() ? prompt : code; }
};

/// What a trace that does not write its steps answers: the answer of another problem, so that only
/// steps can be right, or the right one, as a model that knows some answers by heart does.
enum class ShortAnswers { kGuess, kRight };
constexpr std::array<std::string_view, 2> enum_names(ShortAnswers) { return {"guess", "right"}; }

/// How worked solutions are written for a base model to learn from.
struct TraceOptions {
  double long_share = 1.0;   // share of traces that write every step; the rest answer at once
  double wrong_steps = 0.0;  // chance that a written step is wrong (and is carried on from)
  double mixed_steps = 0.0;  // chance that one is in another language, where a task has several
  ShortAnswers short_answers = ShortAnswers::kGuess;
};

/// Problems are dealt to two splits by a hash of their short form, so no problem is ever in both,
/// however it is asked.
enum class Split { kTrain, kHeldOut };

/// The split of a problem's short form: about a tenth of all problems is held out.
Split split_of(std::string_view code);

/// A procedural family of problems with an exact verifier. Pure and thread-safe.
class Task {
 public:
  virtual ~Task() = default;
  virtual std::string_view name() const = 0;
  /// A problem of the configured level, in its short form. The same random state gives the same
  /// problem.
  virtual TaskProblem generate(Random& random) const = 0;
  /// Judges the text inside `<answer>` if there is one, else the whole completion.
  virtual Score verify(const Sample& sample) const = 0;

  Prompts prompts() const { return prompts_; }
  /// A problem from `generate` as the model is asked it. In words, `number` chooses the phrasing:
  /// each of them in turn.
  TaskProblem asked(TaskProblem problem, std::uint64_t number) const;
  /// A completion for the problem: `<think>...</think><answer>...</answer>`.
  std::string trace(const TaskProblem& problem, const TraceOptions& options, Random& random) const;
  /// An answer from `generate` in the form that the prompt asks for.
  std::string as_asked(std::string answer) const;
  /// Every character that prompts and traces can hold, tags apart: what a character tokenizer
  /// needs.
  std::string_view alphabet() const;

 protected:
  explicit Task(Prompts prompts) : prompts_(prompts) {}

 private:
  /// The question in plain English, which says what form the answer has. See phrasing.h.
  virtual std::string words(const TaskProblem& problem, std::uint64_t number) const = 0;
  /// The answer in the form that `words` asks for, which `verify` must accept too.
  virtual std::string words_answer(std::string answer) const { return answer; }
  /// A worked solution in plain English; by default what `code_trace` writes, for families that
  /// are answered at once.
  virtual std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                                  Random& random) const;
  /// The same in the short form.
  virtual std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                                 Random& random) const = 0;
  /// The characters of the short form.
  virtual std::string_view code_alphabet() const = 0;

  Prompts prompts_;
};

/// The `index`-th problem of a split, as the task asks: problems are drawn from the stream keyed by
/// (seed, index) until one falls into the split.
TaskProblem task_problem(const Task& task, Split split, std::uint64_t seed, std::uint64_t index);

}  // namespace hone::rewards
