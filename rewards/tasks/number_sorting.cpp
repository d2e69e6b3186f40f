#include "rewards/tasks/number_sorting.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"
#include "rewards/text.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kAskSort = "sort:";

/// "391" as "3,9,1".
std::string listed(std::string_view digits) {
  std::string list;
  for (const char digit : digits) {
    if (!list.empty()) list += ',';
    list += digit;
  }
  return list;
}

char another_digit(char digit, Random& random) {
  return static_cast<char>('0' +
                           (static_cast<std::uint64_t>(digit - '0') + 1 + random.below(9)) % 10);
}

std::string sorted(std::string_view digits) {
  std::string result(digits);
  std::sort(result.begin(), result.end());
  return result;
}

constexpr std::string_view kNumberSortingPhrasings[] = {
    "Sort these numbers from smallest to largest: {list}. Give the sorted list, separated by "
    "commas.",
    "Put the numbers {list} in ascending order. Answer with all of them, separated by commas.",
    "Arrange {list} from the lowest to the highest. Reply with the numbers only, separated by "
    "commas.",
    "Here is a list of numbers: {list}. What is the list in increasing order? Write it with commas "
    "between the numbers."};

class NumberSorting final : public Task {
 public:
  explicit NumberSorting(const NumberSortingConfig& config)
      : Task(config.prompts), config_(config) {
    require_range("numbers", config.min_numbers, config.max_numbers);
  }

  std::string_view name() const override { return NumberSortingConfig::kType; }
  std::string_view code_alphabet() const override { return "0123456789,:=orst"; }

  TaskProblem generate(Random& random) const override {
    const std::int64_t numbers = random.between(config_.min_numbers, config_.max_numbers);
    std::string digits;
    for (std::int64_t i = 0; i < numbers; ++i) {
      digits += static_cast<char>('0' + random.below(10));
    }
    const nlohmann::json metadata = {{"task", name()}, {"numbers", numbers}};
    return {std::string(kAskSort) + listed(digits) + "=", listed(sorted(digits)), metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    std::string digits = sorted(digits_of(problem.short_form()));
    if (random.chance(options.wrong_steps)) {
      // Another digit in one place: no longer the same numbers, in whatever order.
      char& digit = digits[random.below(digits.size())];
      digit = another_digit(digit, random);
    }
    return completion_text("", listed(digits));
  }

  Score verify(const Sample& sample) const override { return verify_list(sample, ','); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    return phrased(kNumberSortingPhrasings, number,
                   {{"list", in_words(digits_of(problem.short_form()))}});
  }

  std::string words_answer(std::string answer) const override {
    return replaced(answer, ",", ", ");
  }

  /// Takes out the smallest of what is left, again and again; a wrong step takes another digit.
  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    std::string left = digits_of(problem.short_form()), taken, think;
    while (!left.empty()) {
      auto place = std::min_element(left.begin(), left.end());
      char smallest = *place;
      if (random.chance(options.wrong_steps)) {
        smallest = another_digit(smallest, random);
        if (const auto other = left.find(smallest); other != std::string::npos)
          place = left.begin() + static_cast<std::ptrdiff_t>(other);
      }
      say(think, "Left: ", in_words(left), ". Smallest: ", smallest);
      taken += smallest;
      left.erase(place);
    }
    say(think, "Sorted: ", in_words(taken));
    return completion_text(think, in_words(taken));
  }

  /// "391" as "3, 9, 1".
  static std::string in_words(std::string_view digits) {
    return replaced(listed(digits), ",", ", ");
  }

  std::string digits_of(std::string_view prompt) const {
    std::string digits;
    for (const char c : prompt) {
      if (is_digit(c)) digits += c;
    }
    const bool good = !digits.empty() && prompt == std::string(kAskSort) + listed(digits) + "=";
    if (!good) not_a_problem_of(name(), prompt);
    return digits;
  }

  NumberSortingConfig config_;
};

}  // namespace

std::unique_ptr<Task> make_task(const NumberSortingConfig& config) {
  return std::make_unique<NumberSorting>(config);
}

}  // namespace hone::rewards
