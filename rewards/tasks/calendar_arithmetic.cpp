#include "rewards/tasks/calendar_arithmetic.h"

#include <chrono>

#include "rewards/tasks/calendar_steps.h"
#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kAsked = "0123456789-:= weekday plus minus to";
// What is asked: a weekday, a later date, an earlier date, the days between two dates.
constexpr std::string_view kWeekdayPhrasings[] = {
    "What day of the week is {date} (year-month-day)? Answer with the name of the day.",
    "On which day of the week does the date {date} (year-month-day) fall? Give only the day's "
    "name.",
    "Find the weekday of {date}, written as year-month-day. The answer is one of Monday to Sunday.",
    "Which weekday is {date} (year-month-day)? Reply with just the name of the weekday."};
constexpr std::string_view kPlusPhrasings[] = {
    "What is the date {days} after {date}? Answer in the form YYYY-MM-DD.",
    "Which date comes {days} after {date}? Give only the date, as YYYY-MM-DD.",
    "Count {days} forward from {date}. What date is it? Reply with the date as YYYY-MM-DD.",
    "Today is {date}. What will the date be in {days}? The answer is a date in the form "
    "YYYY-MM-DD."};
constexpr std::string_view kMinusPhrasings[] = {
    "What is the date {days} before {date}? Answer in the form YYYY-MM-DD.",
    "Which date came {days} before {date}? Give only the date, as YYYY-MM-DD.",
    "Count {days} back from {date}. What date is it? Reply with the date as YYYY-MM-DD.",
    "Today is {date}. What was the date {days} ago? The answer is a date in the form YYYY-MM-DD."};
constexpr std::string_view kToPhrasings[] = {
    "How many days after {date} is {other}? Dates are written year-month-day. Answer with a single "
    "number.",
    "How many days are there from {date} to {other} (year-month-day)? Count the last day but not "
    "the "
    "first. Give only the number.",
    "If today is {date}, in how many days will it be {other} (year-month-day)? Reply with just the "
    "number.",
    "Find the difference in days between {date} and {other} (year-month-day). The answer is a "
    "single number."};

class CalendarArithmetic final : public Task {
 public:
  explicit CalendarArithmetic(const CalendarArithmeticConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({kAsked, "sundaymondaytuesdaywednesdaythursdayfridaysaturday",
                                 CalendarArithmeticConfig::kType})) {
    require_range("year", config.min_year, config.max_year);
  }

  std::string_view name() const override { return CalendarArithmeticConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    using std::chrono::sys_days, std::chrono::year;
    const sys_days first = year(static_cast<int>(config_.min_year)) / 1 / 1;
    const sys_days last = year(static_cast<int>(config_.max_year)) / 12 / 31;
    const sys_days date = first + std::chrono::days(random.between(0, (last - first).count()));
    const std::int64_t days = random.between(1, config_.max_days);
    const sys_days later = date + std::chrono::days(days);
    const nlohmann::json metadata = {{"task", CalendarArithmeticConfig::kType}};
    const auto problem = [&](const std::string& question, const std::string& answer) {
      return TaskProblem{concat(CalendarArithmeticConfig::kType, ":", question, "="), answer,
                         metadata.dump()};
    };
    switch (random.below(4)) {
      case 0:
        return problem(concat("weekday ", shown_date(date)), weekday_of(date));
      case 1:
        return problem(concat(shown_date(date), " plus ", days), shown_date(later));
      case 2:
        return problem(concat(shown_date(later), " minus ", days), shown_date(date));
      default:
        return problem(concat(shown_date(date), " to ", shown_date(later)), std::to_string(days));
    }
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    return answer_at_once(*this, problem, options, random);
  }

  Score verify(const Sample& sample) const override { return verify_text(sample); }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    const CalendarQuestion question = question_in(problem);
    const std::vector<Blank> blanks = {{"date", shown_date(question.date)},
                                       {"other", shown_date(question.other)},
                                       {"days", counted(question.days, "day")}};
    switch (question.kind) {
      case CalendarQuestion::kWeekday:
        return phrased(kWeekdayPhrasings, number, blanks);
      case CalendarQuestion::kPlus:
        return phrased(kPlusPhrasings, number, blanks);
      case CalendarQuestion::kMinus:
        return phrased(kMinusPhrasings, number, blanks);
      case CalendarQuestion::kTo:
        break;
    }
    return phrased(kToPhrasings, number, blanks);
  }

  /// A weekday begins with a capital.
  std::string words_answer(std::string answer) const override {
    char& first = answer.at(0);
    if (first >= 'a' && first <= 'z') first = static_cast<char>(first - 'a' + 'A');
    return answer;
  }

  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    return calendar_trace(question_in(problem), options.wrong_steps, random);
  }

  CalendarQuestion question_in(const TaskProblem& problem) const {
    const auto question = read_calendar_question(question_of(*this, problem));
    if (!question) not_a_problem_of(name(), problem.short_form());
    return *question;
  }

  CalendarArithmeticConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const CalendarArithmeticConfig& config) {
  return std::make_unique<CalendarArithmetic>(config);
}

}  // namespace hone::rewards
