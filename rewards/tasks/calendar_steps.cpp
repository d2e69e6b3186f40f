#include "rewards/tasks/calendar_steps.h"

#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

using std::chrono::sys_days, std::chrono::year_month, std::chrono::year_month_day;

constexpr std::string_view kWeekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                          "Thursday", "Friday", "Saturday"};
constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
// What is added for a month, for January of a common year on, and for a century, from one that 400
// divides on; weekdays are counted from Sunday, which is 0.
constexpr std::int64_t kMonthNumbers[] = {0, 3, 3, 6, 1, 4, 6, 2, 5, 0, 3, 5};
constexpr std::int64_t kCenturyNumbers[] = {6, 4, 2, 0};
constexpr std::int64_t kWeek = 7;

std::optional<sys_days> read_date(std::string_view text) {
  const auto parts = split_list(text, '-');
  if (parts.size() != 3) return std::nullopt;
  const auto year = read_whole(parts[0]), month = read_whole(parts[1]), day = read_whole(parts[2]);
  if (!year || !month || !day) return std::nullopt;
  const year_month_day date(std::chrono::year(static_cast<int>(*year)),
                            std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day)));
  return date.ok() ? std::optional<sys_days>(date) : std::nullopt;
}

std::int64_t length_of(year_month month) {
  return static_cast<unsigned>((month / std::chrono::last).day());
}

year_month month_of(sys_days date) {
  const year_month_day parts(date);
  return parts.year() / parts.month();
}

std::int64_t day_of(sys_days date) { return static_cast<unsigned>(year_month_day(date).day()); }

/// `March 2024 has 31 days`.
std::string length_in_words(year_month month) {
  return concat(kMonths[static_cast<unsigned>(month.month()) - 1], ' ',
                static_cast<int>(month.year()), " has ", length_of(month), " days");
}

/// With a day that may be none of the month, where a step was wrong.
std::string shown_date(year_month month, std::int64_t day) {
  const auto two = [](std::int64_t number) {
    return concat(number >= 0 && number < 10 ? "0" : "", number);
  };
  return concat(static_cast<int>(month.year()), '-', two(static_cast<unsigned>(month.month())), '-',
                two(day));
}

std::string dated(std::string& think, year_month month, std::int64_t day) {
  const std::string date = shown_date(month, day);
  say(think, "So the date is ", date);
  return completion_text(think, date);
}

std::string later_date(const CalendarQuestion& question, double wrong, Random& random) {
  std::string think;
  year_month month = month_of(question.date);
  std::int64_t day = slip(day_of(question.date) + question.days, wrong, random, 1);
  say(think, day_of(question.date), " + ", question.days, " = ", day);
  for (; day > length_of(month); month += std::chrono::months(1)) {
    const std::int64_t rest = slip(day - length_of(month), wrong, random, 1);
    say(think, length_in_words(month), ": ", day, " - ", length_of(month), " = ", rest);
    day = rest;
  }
  return dated(think, month, day);
}

std::string earlier_date(const CalendarQuestion& question, double wrong, Random& random) {
  std::string think;
  year_month month = month_of(question.date);
  std::int64_t day = slip(day_of(question.date) - question.days, wrong, random);
  say(think, day_of(question.date), " - ", question.days, " = ", day);
  while (day < 1) {
    month -= std::chrono::months(1);
    const std::int64_t rest = slip(day + length_of(month), wrong, random);
    say(think, length_in_words(month), ": ", day, " + ", length_of(month), " = ", rest);
    day = rest;
  }
  return dated(think, month, day);
}

std::string days_between(const CalendarQuestion& question, double wrong, Random& random) {
  std::string think;
  year_month month = month_of(question.date);
  const year_month end = month_of(question.other);
  const std::int64_t first = day_of(question.date), last = day_of(question.other);
  std::int64_t days = 0;
  if (month == end) {
    days = slip(last - first, wrong, random, 0);
    say(think, last, " - ", first, " = ", days);
  } else {
    days = slip(length_of(month) - first, wrong, random, 0);
    say(think, length_in_words(month), ": ", length_of(month), " - ", first, " = ", days);
    const auto add = [&](std::int64_t more) {
      const std::int64_t sum = slip(days + more, wrong, random, 0);
      const std::string step = concat(days, " + ", more, " = ", sum);
      days = sum;
      return step;
    };
    for (month += std::chrono::months(1); month != end; month += std::chrono::months(1))
      say(think, length_in_words(month), ": ", add(length_of(month)));
    say(think, add(last));
  }
  say(think, "So the number of days is ", days);
  return completion_text(think, std::to_string(days));
}

std::string found_weekday(sys_days date, double wrong, Random& random) {
  const year_month_day parts(date);
  const std::size_t month = static_cast<unsigned>(parts.month()) - 1;
  const std::int64_t year = static_cast<int>(parts.year()), century = year / 100;
  const std::int64_t century_number = kCenturyNumbers[century % 4], rest = year % 100;
  std::string think;
  say(think, kMonths[month], " counts ", kMonthNumbers[month]);
  say(think, "The century ", century, " counts ", century_number);
  const std::int64_t leaps = slip(rest / 4, wrong, random, 0);
  say(think, rest, " / 4, rounded down, is ", leaps);
  std::int64_t sum = day_of(date);
  const auto add = [&](std::int64_t more) {
    const std::int64_t next = slip(sum + more, wrong, random, 0);
    say(think, sum, more < 0 ? " - " : " + ", std::abs(more), " = ", next);
    sum = next;
  };
  for (const std::int64_t more : {kMonthNumbers[month], century_number, rest, leaps}) add(more);
  if (month < 2 && parts.year().is_leap()) {
    say(think, "It is before March of a leap year");
    add(-1);
  }
  std::int64_t day = sum % kWeek;
  if (random.chance(wrong)) day = (day + random.between(1, kWeek - 1)) % kWeek;
  const std::int64_t weeks = sum / kWeek;
  say(think, weeks, " * 7 = ", weeks * kWeek, ", ", sum, " - ", weeks * kWeek, " = ", day);
  const std::string_view weekday = kWeekdays[day];
  say(think, "Day ", day, " from Sunday on is ", weekday);
  return completion_text(think, weekday);
}

}  // namespace

std::optional<CalendarQuestion> read_calendar_question(std::string_view text) {
  const auto words = split_list(text, ' ');
  CalendarQuestion question;
  if (words.size() == 2 && words[0] == "weekday") {
    const auto date = read_date(words[1]);
    if (!date) return std::nullopt;
    question.date = *date;
    return question;
  }
  if (words.size() != 3) return std::nullopt;
  const auto date = read_date(words[0]);
  if (!date) return std::nullopt;
  question.date = *date;
  if (words[1] == "to") {
    const auto other = read_date(words[2]);
    if (!other) return std::nullopt;
    question.kind = CalendarQuestion::kTo;
    question.other = *other;
    return question;
  }
  const auto days = read_whole(words[2]);
  if (!days || (words[1] != "plus" && words[1] != "minus")) return std::nullopt;
  question.kind = words[1] == "plus" ? CalendarQuestion::kPlus : CalendarQuestion::kMinus;
  question.days = *days;
  return question;
}

std::string shown_date(sys_days date) { return shown_date(month_of(date), day_of(date)); }

std::string weekday_of(sys_days date) {
  return plain_text(kWeekdays[std::chrono::weekday(date).c_encoding()]);
}

std::string calendar_trace(const CalendarQuestion& question, double wrong_steps, Random& random) {
  switch (question.kind) {
    case CalendarQuestion::kWeekday:
      return found_weekday(question.date, wrong_steps, random);
    case CalendarQuestion::kPlus:
      return later_date(question, wrong_steps, random);
    case CalendarQuestion::kMinus:
      return earlier_date(question, wrong_steps, random);
    case CalendarQuestion::kTo:
      break;
  }
  return days_between(question, wrong_steps, random);
}

}  // namespace hone::rewards
