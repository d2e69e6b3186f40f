#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "rewards/reward.h"
#include "rewards/tasks/task.h"

namespace hone::rewards {

/// `<think>THINK</think><answer>ANSWER</answer>`, the form that every trace has, long or short.
std::string completion_text(std::string_view think, std::string_view answer);

/// Judges an answer that is trimmed and not empty. An exception of nlohmann's means that the
/// problem's metadata is not what this task writes.
using Judge = std::function<Score(std::string_view found)>;

/// Judges what stands in `<answer>`; the whole of the final part where there is no tag. No
/// reference answer, or metadata of another task: kAbstain. Nothing found: kMalformed.
Score verify_with(const Sample& sample, const Judge& judge);

/// What a task's verifier does when its answers are plain text or numbers.
Score verify_text(const Sample& sample);

/// Judges a whole number; a quotient that is yet to be worked out is none.
Score judge_whole(std::string_view found, std::string_view reference);

/// The same where only the very text of the answer is right, as `plain_text` has it.
Score verify_exact(const Sample& sample);

/// The same for a list: only the very items in their order, white space around each apart.
Score verify_list(const Sample& sample, char separator);

/// The text in lower case, without white space at either end and a full stop behind it.
std::string plain_text(std::string_view text);

/// What a judge finds: right, wrong and why, right or not what was expected, cannot tell.
Score right_answer(std::string_view found);
Score wrong_answer(std::string_view found, std::string_view why);
Score judged(std::string_view found, bool right, std::string_view expected);
Score no_judgement(std::string_view why);

/// The text's pieces, trimmed; one more than there are separators.
std::vector<std::string_view> split_list(std::string_view text, char separator);

/// The items with the separator between them.
std::string join(const std::vector<std::string>& items, std::string_view separator);
std::string join(const std::vector<std::int64_t>& items, std::string_view separator);

/// A whole number of at most 18 digits, with a `-` if it is below 0. Absence means: not such text.
std::optional<std::int64_t> read_whole(std::string_view text);

/// Throws: std::invalid_argument if `min_WHAT` is more than `max_WHAT`.
void require_range(std::string_view what, std::int64_t min, std::int64_t max);

/// Throws: std::invalid_argument, as a prompt that another task made is the caller's mistake.
[[noreturn]] void not_a_problem_of(std::string_view task, std::string_view prompt);

/// The `key` of a problem's metadata.
/// Throws: std::invalid_argument if this task does not write such metadata.
template <class T>
T metadata_of(const Task& task, const TaskProblem& problem, const char* key) {
  try {
    return nlohmann::json::parse(problem.metadata).at(key).get<T>();
  } catch (const nlohmann::json::exception&) {
    not_a_problem_of(task.name(), problem.prompt);
  }
}

/// Texts, characters and whole numbers, one behind the other.
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::string text;
  const auto append = [&](const auto& part) {
    using Part = std::decay_t<decltype(part)>;
    if constexpr (std::is_integral_v<Part> && !std::is_same_v<Part, char>) {
      text += std::to_string(part);
    } else {
      text += part;
    }
  };
  (append(parts), ...);
  return text;
}

/// Adds a step to a chain of thought: `3*7=1;1+4=5`.
template <class... Parts>
void add_step(std::string& think, const Parts&... parts) {
  if (!think.empty()) think += ';';
  think += concat(parts...);
}

/// The value, or with this chance a wrong one: at most 9 away, and not below `lowest`.
std::int64_t slip(std::int64_t value, double chance, Random& random,
                  std::int64_t lowest = -(std::int64_t{1} << 60));

/// At random, the first digit not 0. digits is at most 18.
std::int64_t number_with_digits(std::int64_t digits, Random& random);

/// A trace that guesses: the answer of another problem, so that it knows nothing of this one.
std::string guess(const Task& task, Random& random);

/// The trace of a task without steps: the answer, or by the chance of `wrong_steps` a wrong one.
/// Throws: std::invalid_argument if all problems of the level seem to have one answer.
std::string answer_at_once(const Task& task, const TaskProblem& problem,
                           const TraceOptions& options, Random& random);

/// Each character of the texts once, in their order.
std::string characters_of(std::initializer_list<std::string_view> texts);

/// The digits that the whole numbers from min to max are written with.
std::string digits_between(std::int64_t min, std::int64_t max);

/// In random order, each order as likely as any other.
template <class Items>
void shuffle(Items& items, Random& random) {
  for (std::size_t left = items.size(); left > 1; --left) {
    std::swap(items[left - 1], items[random.below(left)]);
  }
}

/// One of the items.
template <class Items>
auto pick(const Items& items, Random& random) {
  return items[random.below(std::size(items))];
}

}  // namespace hone::rewards
