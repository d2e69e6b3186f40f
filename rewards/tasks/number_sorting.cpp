#include "rewards/tasks/number_sorting.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rewards/tasks/common.h"
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

std::string sorted(std::string_view digits) {
  std::string result(digits);
  std::sort(result.begin(), result.end());
  return result;
}

class NumberSorting final : public Task {
 public:
  explicit NumberSorting(const NumberSortingConfig& config) : config_(config) {
    require_range("numbers", config.min_numbers, config.max_numbers);
  }

  std::string_view name() const override { return NumberSortingConfig::kType; }
  std::string_view alphabet() const override { return "0123456789,:=orst"; }

  TaskProblem generate(Random& random) const override {
    const std::int64_t numbers = random.between(config_.min_numbers, config_.max_numbers);
    std::string digits;
    for (std::int64_t i = 0; i < numbers; ++i) {
      digits += static_cast<char>('0' + random.below(10));
    }
    const nlohmann::json metadata = {{"task", name()}, {"numbers", numbers}};
    return {std::string(kAskSort) + listed(digits) + "=", listed(sorted(digits)), metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    std::string digits = sorted(digits_of(problem.prompt));
    if (random.chance(options.wrong_steps)) {
      // Another digit in one place: no longer the same numbers, in whatever order.
      char& digit = digits[random.below(digits.size())];
      digit = static_cast<char>(
          '0' + (static_cast<std::uint64_t>(digit - '0') + 1 + random.below(9)) % 10);
    }
    return completion_text("", listed(digits));
  }

  Score verify(const Sample& sample) const override { return verify_exact(sample); }

 private:
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
