#include "rewards/tasks/time_intervals.h"

#include <algorithm>

#include "rewards/tasks/common.h"

namespace hone::rewards {
namespace {

constexpr std::string_view kTimeIntervalsExplanation =
    "How much time passes between the two times of day? A number behind + is the days "
    "between them. Answer in hours:minutes, or hours:minutes:seconds.";

constexpr std::int64_t kSixty = 60, kHours = 24;

/// `09:15`, or `09:15:30` of seconds.
std::string shown_time(std::int64_t time, bool seconds) {
  const auto two = [](std::int64_t number) { return concat(number < 10 ? "0" : "", number); };
  const std::int64_t minutes = seconds ? time / kSixty : time;
  const std::string text = concat(two(minutes / kSixty), ":", two(minutes % kSixty));
  return seconds ? concat(text, ":", two(time % kSixty)) : text;
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

class TimeIntervals final : public Task {
 public:
  explicit TimeIntervals(const TimeIntervalsConfig& config)
      : config_(config),
        explanation_(config.explain ? kTimeIntervalsExplanation : ""),
        alphabet_(characters_of({"*+-0123456789:;=>", TimeIntervalsConfig::kType, explanation_})) {}

  std::string_view name() const override { return TimeIntervalsConfig::kType; }
  std::string_view alphabet() const override { return alphabet_; }

  TaskProblem generate(Random& random) const override {
    const bool seconds = random.chance(0.5);
    const std::int64_t unit = seconds ? kSixty * kSixty : kSixty;  // an hour in what is counted
    const std::int64_t start = random.between(0, kHours * unit - 1);
    const std::int64_t length = random.between(1, config_.max_hours * unit);
    const std::int64_t end = start + length, days = end / (kHours * unit);
    const nlohmann::json metadata = {
        {"task", TimeIntervalsConfig::kType}, {"start", start}, {"end", end}, {"seconds", seconds}};
    return {
        asked(explanation_, TimeIntervalsConfig::kType, ":", shown_time(start, seconds), "->",
              shown_time(end % (kHours * unit), seconds), days > 0 ? concat("+", days) : "", "="),
        shown_time(length, seconds), metadata.dump()};
  }

  std::string trace(const TaskProblem& problem, const TraceOptions& options,
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
  TimeIntervalsConfig config_;
  std::string_view explanation_;
  std::string alphabet_;
};

}  // namespace

std::unique_ptr<Task> make_task(const TimeIntervalsConfig& config) {
  return std::make_unique<TimeIntervals>(config);
}

}  // namespace hone::rewards
