#include "rewards/tasks/addition.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

/// A column of the sum, counted from the last; 0 left of the number.
int digit_at(std::string_view number, std::size_t column) {
  return column < number.size() ? number[number.size() - 1 - column] - '0' : 0;
}

std::string random_number(std::size_t digits, Random& random) {
  std::string number;
  for (std::size_t i = 0; i < digits; ++i) {
    const std::uint64_t lowest = i == 0 && digits > 1 ? 1 : 0;
    number += static_cast<char>('0' + lowest + random.below(10 - lowest));
  }
  return number;
}

/// A column of a written sum: its two digits, what is carried into it, and their sum.
struct Column {
  int a = 0, b = 0, carry = 0, sum = 0;
};

/// The sum, written column by column from the last; each step is wrong with the given chance.
struct WrittenSum {
  std::vector<Column> columns;
  std::string sum;
};

WrittenSum add_by_columns(std::string_view left, std::string_view right, double wrong_steps,
                          Random& random) {
  WrittenSum written;
  int carry = 0;
  for (std::size_t column = 0; column < std::max(left.size(), right.size()); ++column) {
    const int a = digit_at(left, column), b = digit_at(right, column);
    int sum = a + b + carry;
    // Any of the twenty sums that a column can have, but the right one.
    if (random.chance(wrong_steps)) sum = (sum + 1 + static_cast<int>(random.below(19))) % 20;
    written.columns.push_back({a, b, carry, sum});
    written.sum += static_cast<char>('0' + sum % 10);
    carry = sum / 10;
  }
  if (carry > 0) written.sum += '1';
  while (written.sum.size() > 1 && written.sum.back() == '0') written.sum.pop_back();
  std::reverse(written.sum.begin(), written.sum.end());
  return written;
}

std::string code_steps(const WrittenSum& written) {
  std::string think;
  for (const auto& [a, b, carry, sum] : written.columns)
    add_step(think, a, '+', b, '+', carry, '=', sum);
  return think;
}

std::string column_name(std::size_t column) {
  constexpr std::string_view kNames[] = {
      "Ones", "Tens", "Hundreds", "Thousands", "Ten thousands", "Hundred thousands", "Millions"};
  return column < std::size(kNames) ? std::string(kNames[column]) : concat("Column ", column + 1);
}

/// `Ones: 7 + 5 = 12, write 2, carry 1. Tens: 6 + 3 + 1 = 10, write 10.`
std::string words_steps(const WrittenSum& written) {
  std::string think;
  for (std::size_t i = 0; i < written.columns.size(); ++i) {
    const auto& [a, b, carry, sum] = written.columns[i];
    const bool carries = sum >= 10 && i + 1 < written.columns.size();
    say(think, column_name(i), ": ", a, " + ", b, carry > 0 ? concat(" + ", carry) : "", " = ", sum,
        ", write ", carries ? sum % 10 : sum, carries ? ", carry 1" : "");
  }
  return think;
}

constexpr std::string_view kAdditionPhrasings[] = {
    "What is {a} + {b}? Answer with a single number.",
    "Add {a} and {b}. Give only the resulting number.",
    "Work out the sum {a} + {b}. The answer is a single number.",
    "How much is {a} plus {b}? Reply with just the number.",
    "Please calculate {a} + {b} and answer with the number alone."};

class Addition final : public Task {
 public:
  explicit Addition(const AdditionConfig& config) : Task(config.prompts), config_(config) {
    require_range("digits", config.min_digits, config.max_digits);
  }

  std::string_view name() const override { return AdditionConfig::kType; }
  std::string_view code_alphabet() const override { return "0123456789+=;"; }

  TaskProblem generate(Random& random) const override {
    const std::string left = random_number(random_size(random), random);
    const std::string right = random_number(random_size(random), random);
    const nlohmann::json metadata = {{"task", name()}, {"digits", {left.size(), right.size()}}};
    return {left + "+" + right + "=", add_by_columns(left, right, 0, random).sum, metadata.dump()};
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    const auto [left, right] = parse(problem.short_form());
    return phrased(kAdditionPhrasings, number,
                   {{"a", std::string(left)}, {"b", std::string(right)}});
  }

  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    const auto [left, right] = parse(problem.short_form());
    if (!random.chance(options.long_share)) return guessed(left, right, random);
    const WrittenSum written = add_by_columns(left, right, options.wrong_steps, random);
    std::string think = words_steps(written);
    say(think, "So ", left, " + ", right, " = ", written.sum);
    return completion_text(think, written.sum);
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    const auto [left, right] = parse(problem.short_form());
    if (!random.chance(options.long_share)) return guessed(left, right, random);
    const WrittenSum written = add_by_columns(left, right, options.wrong_steps, random);
    return completion_text(code_steps(written), written.sum);
  }

  /// A guess has the size of the answer and knows nothing else: the sum of two other numbers.
  static std::string guessed(std::string_view left, std::string_view right, Random& random) {
    const std::string other = random_number(left.size(), random);
    return completion_text(
        "", add_by_columns(other, random_number(right.size(), random), 0, random).sum);
  }

  std::size_t random_size(Random& random) const {
    return static_cast<std::size_t>(random.between(config_.min_digits, config_.max_digits));
  }

  std::pair<std::string_view, std::string_view> parse(std::string_view prompt) const {
    const auto plus = prompt.find('+');
    if (plus == std::string_view::npos || prompt.back() != '=') not_a_problem_of(name(), prompt);
    const auto left = prompt.substr(0, plus);
    const auto right = prompt.substr(plus + 1, prompt.size() - plus - 2);
    const auto is_number = [](std::string_view text) {
      return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
    };
    if (!is_number(left) || !is_number(right)) not_a_problem_of(name(), prompt);
    return {left, right};
  }

  AdditionConfig config_;
};

}  // namespace

std::unique_ptr<Task> make_task(const AdditionConfig& config) {
  return std::make_unique<Addition>(config);
}

}  // namespace hone::rewards
