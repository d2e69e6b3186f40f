#include "rewards/tasks/calendar_arithmetic.h"

#include <chrono>

#include "rewards/tasks/common.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kCalendarArithmeticExplanation =
    "The weekday of a date, the date so many days later or earlier, or the days between two "
    "dates. Dates are year-month-day.";

constexpr std::string_view kAsked = "0123456789-:= weekday plus minus to";
constexpr std::string_view kWeekdays[] = {"sunday",   "monday", "tuesday", "wednesday",
                                          "thursday", "friday", "saturday"};

std::string shown_date(std::chrono::sys_days days) {
  const std::chrono::year_month_day date(days);
  const auto two = [](unsigned number) { return concat(number < 10 ? "0" : "", number); };
  return concat(static_cast<int>(date.year()), "-", two(static_cast<unsigned>(date.month())), "-",
                two(static_cast<unsigned>(date.day())));
}

class CalendarArithmetic final : public Task {
 public:
  explicit CalendarArithmetic(const CalendarArithmeticConfig& config)
      : config_(config),
        explanation_(config.explain ? kCalendarArithmeticExplanation : ""),
        alphabet_(characters_of({kAsked, "sundaymondaytuesdaywednesdaythursdayfridaysaturday",
                                 CalendarArithmeticConfig::kType, explanation_})) {
    require_range("year", config.min_year, config.max_year);
  }

  std::string_view name() const override { return CalendarArithmeticConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    using std::chrono::sys_days, std::chrono::year;
    const sys_days first = year(static_cast<int>(config_.min_year)) / 1 / 1;
    const sys_days last = year(static_cast<int>(config_.max_year)) / 12 / 31;
    const sys_days date = first + std::chrono::days(random.between(0, (last - first).count()));
    const std::int64_t days = random.between(1, config_.max_days);
    const sys_days later = date + std::chrono::days(days);
    const nlohmann::json metadata = {{"task", CalendarArithmeticConfig::kType}};
    const auto problem = [&](const std::string& question, const std::string& answer) {
      return TaskProblem{asked(explanation_, CalendarArithmeticConfig::kType, ":", question, "="),
                         answer, metadata.dump()};
    };
    switch (random.below(4)) {
      case 0:
        return problem(concat("weekday ", shown_date(date)),
                       std::string(kWeekdays[std::chrono::weekday(date).c_encoding()]));
      case 1:
        return problem(concat(shown_date(date), " plus ", days), shown_date(later));
      case 2:
        return problem(concat(shown_date(later), " minus ", days), shown_date(date));
      default:
        return problem(concat(shown_date(date), " to ", shown_date(later)), std::to_string(days));
    }
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
                    Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  CalendarArithmeticConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const CalendarArithmeticConfig& config) {
  return std::make_unique<CalendarArithmetic>(config);
}

}  // namespace hone::rewards
