#include "rewards/tasks/addition.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rewards/tasks/common.h"
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

/// The sum, written column by column; each step is wrong with the given chance.
struct WrittenSum {
  std::string steps;
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
    add_step(written.steps, std::to_string(a) + "+" + std::to_string(b) + "+" +
                                std::to_string(carry) + "=" + std::to_string(sum));
    written.sum += static_cast<char>('0' + sum % 10);
    carry = sum / 10;
  }
  if (carry > 0) written.sum += '1';
  while (written.sum.size() > 1 && written.sum.back() == '0') written.sum.pop_back();
  std::reverse(written.sum.begin(), written.sum.end());
  return written;
}

class Addition final : public Task {
 public:
  explicit Addition(const AdditionConfig& config) : config_(config) {
    require_range("digits", config.min_digits, config.max_digits);
  }

  std::string_view name() const override { return AdditionConfig::kType; }
  std::string_view alphabet() const override { return "0123456789+=;"; }

  TaskProblem generate(Random& random) const override {
    const std::string left = random_number(random_size(random), random);
    const std::string right = random_number(random_size(random), random);
    const nlohmann::json metadata = {{"task", name()}, {"digits", {left.size(), right.size()}}};
    return {left + "+" + right + "=", add_by_columns(left, right, 0, random).sum, metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    const auto [left, right] = parse(problem.prompt);
    if (random.chance(options.long_share)) {
      const WrittenSum written = add_by_columns(left, right, options.wrong_steps, random);
      return completion_text(written.steps, written.sum);
    }
    // A guess has the size of the answer and knows nothing else: the sum of two other numbers.
    const std::string other = random_number(left.size(), random);
    const WrittenSum guess = add_by_columns(other, random_number(right.size(), random), 0, random);
    return completion_text("", guess.sum);
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
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
