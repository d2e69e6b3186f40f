#include "rewards/tasks/time_intervals.h"

#include <algorithm>

#include "rewards/tasks/common.h"
#include "rewards/tasks/phrasing.h"

namespace hone::rewards {
namespace {

constexpr std::int64_t kSixty = 60, kHours = 24;

/// Hours, minutes and, of seconds, seconds.
std::vector<std::int64_t> split_time(std::int64_t time, bool seconds) {
  const std::int64_t minutes = seconds ? time / kSixty : time;
  std::vector<std::int64_t> parts = {minutes / kSixty, minutes % kSixty};
  if (seconds) parts.push_back(time % kSixty);
  return parts;
}

std::string shown_parts(const std::vector<std::int64_t>& parts) {
  std::vector<std::string> texts;
  for (const std::int64_t part : parts) texts.push_back(concat(part < 10 ? "0" : "", part));
  return join(texts, ":");
}

/// `09:15`, or `09:15:30` of seconds.
std::string shown_time(std::int64_t time, bool seconds) {
  return shown_parts(split_time(time, seconds));
}

/// Hours, minutes and perhaps seconds. Absence means: not a time.
std::optional<std::vector<std::int64_t>> parts_of(std::string_view text) {
  std::vector<std::int64_t> parts;
  for (const std::string_view item : split_list(text, ':')) {
    const auto part = read_whole(item);
    if (!part) return std::nullopt;
    parts.push_back(*part);
  }
  return parts;
}

constexpr std::string_view kTimeIntervalsPhrasings[] = {
    "How much time passes from {start} to {end} {when}? Answer in the form {form}.",
    "A journey begins at {start} and ends at {end} {when}. How long does it take? Give only the "
    "time, as {form}.",
    "Work out how long it is from {start} until {end} {when}. The answer has the form {form}.",
    "It starts at {start} and is over at {end} {when}. How much time is that? Reply with just the "
    "time, as {form}."};

/// `on the same day`, `on the next day`, `2 days later`.
std::string when(std::int64_t days) {
  if (days < 2) return days == 0 ? "on the same day" : "on the next day";
  return concat(days, " days later");
}

constexpr std::string_view kParts[] = {"Hours", "Minutes", "Seconds"};

class TimeIntervals final : public Task {
 public:
  explicit TimeIntervals(const TimeIntervalsConfig& config)
      : Task(config.prompts),
        config_(config),
        alphabet_(characters_of({"*+-0123456789:;=>", TimeIntervalsConfig::kType})) {}

  std::string_view name() const override { return TimeIntervalsConfig::kType; }
  std::string_view code_alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const bool seconds = random.chance(0.5);
    const std::int64_t unit = seconds ? kSixty * kSixty : kSixty;  // an hour in what is counted
    const std::int64_t start = random.between(0, kHours * unit - 1);
    const std::int64_t length = random.between(1, config_.max_hours * unit);
    const std::int64_t end = start + length, days = end / (kHours * unit);
    const nlohmann::json metadata = {
        {"task", TimeIntervalsConfig::kType}, {"start", start}, {"end", end}, {"seconds", seconds}};
    return {
        concat(TimeIntervalsConfig::kType, ":", shown_time(start, seconds), "->",
               shown_time(end % (kHours * unit), seconds), days > 0 ? concat("+", days) : "", "="),
        shown_time(length, seconds), metadata.dump()};
  }

  std::string code_trace(const TaskProblem& problem, const TraceOptions& options,
                         Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const bool seconds = metadata_of<bool>(*this, problem, "seconds");
    const double wrong = options.wrong_steps;
    std::string think;
    const auto count = [&](std::int64_t time) {
      const std::int64_t minutes = seconds ? time / kSixty : time;
      std::int64_t hours = minutes / kSixty;
      if (hours >= kHours) {
        const std::int64_t sum = slip(hours, wrong, random, 0);
        add_step(think, hours / kHours, "*", kHours, "+", hours % kHours, "=", sum);
        hours = sum;
      }
      std::int64_t value = slip(hours * kSixty + minutes % kSixty, wrong, random, 0);
      add_step(think, hours, "*", kSixty, "+", minutes % kSixty, "=", value);
      if (!seconds) return value;
      const std::int64_t sum = slip(value * kSixty + time % kSixty, wrong, random, 0);
      add_step(think, value, "*", kSixty, "+", time % kSixty, "=", sum);
      return sum;
    };
    const std::int64_t start = count(metadata_of<std::int64_t>(*this, problem, "start"));
    const std::int64_t end = count(metadata_of<std::int64_t>(*this, problem, "end"));
    const std::int64_t length = std::max<std::int64_t>(0, slip(end - start, wrong, random));
    add_step(think, end, "-", start, "=", length);
    add_step(think, length, "=", kSixty, "*", length / kSixty, "+", length % kSixty);
    if (seconds) {
      const std::int64_t minutes = length / kSixty;
      add_step(think, minutes, "=", kSixty, "*", minutes / kSixty, "+", minutes % kSixty);
    }
    return completion_text(think, shown_time(length, seconds));
  }

  Score verify(const Sample& sample) const override {
    return verify_with(sample, [&](std::string_view found) {
      const auto time = parts_of(found);
      return judged(found, time && time == parts_of(sample.answer), sample.answer);
    });
  }

 private:
  std::string words(const TaskProblem& problem, std::uint64_t number) const override {
    const bool seconds = metadata_of<bool>(*this, problem, "seconds");
    const std::int64_t day = kHours * (seconds ? kSixty * kSixty : kSixty);
    const auto end = metadata_of<std::int64_t>(*this, problem, "end");
    return phrased(
        kTimeIntervalsPhrasings, number,
        {{"start", shown_time(metadata_of<std::int64_t>(*this, problem, "start"), seconds)},
         {"end", shown_time(end % day, seconds)},
         {"when", when(end / day)},
         {"form", seconds ? "hours:minutes:seconds" : "hours:minutes"}});
  }

  /// Subtracts seconds, minutes and hours in turn, and borrows from the next where it must:
  /// `Minutes: 10 + 60 = 70, 70 - 15 = 55, borrow 1. Hours: 8 - 1 = 7, 7 - 6 = 1.`
  std::string words_trace(const TaskProblem& problem, const TraceOptions& options,
                          Random& random) const override {
    if (!random.chance(options.long_share)) return guess(*this, random);
    const bool seconds = metadata_of<bool>(*this, problem, "seconds");
    const double wrong = options.wrong_steps;
    const auto start = split_time(metadata_of<std::int64_t>(*this, problem, "start"), seconds);
    auto end = split_time(metadata_of<std::int64_t>(*this, problem, "end"), seconds);
    std::string think;
    if (end[0] >= kHours) {
      const std::int64_t hours = slip(end[0], wrong, random, 0);
      say(think, "Hours at the end: ", end[0] % kHours, " + ", end[0] / kHours, " * 24 = ", hours);
      end[0] = hours;
    }
    std::vector<std::int64_t> length(end.size());
    bool borrowed = false;
    for (std::size_t i = end.size(); i-- > 0;) {
      std::string step = concat(kParts[i], ": ");
      std::int64_t left = end[i];
      if (borrowed) step += concat(left, " - 1 = ", left - 1, ", ");
      left -= borrowed;
      borrowed = i > 0 && left < start[i];
      if (borrowed) step += concat(left, " + 60 = ", left + kSixty, ", ");
      left += borrowed ? kSixty : 0;
      length[i] = slip(std::max<std::int64_t>(0, left - start[i]), wrong, random, 0);
      say(think, step, left, " - ", start[i], " = ", length[i], borrowed ? ", borrow 1" : "");
    }
    const std::string answer = shown_parts(length);
    say(think, "So it is ", answer);
    return completion_text(think, answer);
  }

  TimeIntervalsConfig config_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const TimeIntervalsConfig& config) {
  return std::make_unique<TimeIntervals>(config);
}

}  // namespace hone::rewards
