#include "tools/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "tools/report/format.h"

namespace hone::tools {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSparkCells = 16;
constexpr auto kBetweenDraws = 100ms;
constexpr auto kBetweenLines = 10s;

std::optional<double> find(const rl::Metrics& metrics, std::string_view name) {
  for (const auto& [key, value] : metrics) {
    if (key == name) return value;
  }
  return std::nullopt;
}

/// The figure that a stage is about.
const char* leading(const rl::Metrics& metrics) {
  return find(metrics, "reward") ? "reward" : "loss";
}

std::string formatted(const char* format, double value) {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// Columns that UTF-8 text takes; every character of ours takes one.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// What a name or a note may do to a terminal: nothing.
std::string printable(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(),
      [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f; }, '?');
  return out;
}

std::size_t terminal_width(int fd) {
  winsize size{};
  // Asked at every redraw: so a resized window needs no signal handler.
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value = environment(name);
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace

std::string sparkline(const std::vector<double>& values, std::size_t cells) {
  static constexpr const char* kBlocks[] = {"\u2581", "\u2582", "\u2583", "\u2584",
                                            "\u2585", "\u2586", "\u2587", "\u2588"};
  cells = std::min(cells, values.size());
  std::vector<double> means;
  for (std::size_t i = 0; i < cells; ++i) {
    const std::size_t from = i * values.size() / cells, to = (i + 1) * values.size() / cells;
    double sum = 0;
    for (std::size_t j = from; j < to; ++j) sum += values[j];
    means.push_back(sum / static_cast<double>(to - from));
  }
  if (means.empty()) return "";
  const auto [low, high] = std::minmax_element(means.begin(), means.end());
  std::string text;
  for (const double mean : means) {
    const double share = *high > *low ? (mean - *low) / (*high - *low) : 0;
    text += kBlocks[std::clamp(static_cast<int>(share * 8), 0, 7)];
  }
  return text;
}

std::string progress_line(const ProgressState& state, std::size_t width, bool blocks) {
  const rl::Metrics& metrics = state.metrics;
  const std::string total = std::to_string(state.total), done = std::to_string(state.done);
  std::string text = printable(state.stage) + " " +
                     std::string(total.size() - std::min(total.size(), done.size()), ' ') + done +
                     "/" + total;
  struct Part {
    std::string text;
    int rank;  // the highest is left out first
  };
  std::vector<Part> parts;
  if (const auto value = find(metrics, leading(metrics))) {
    parts.push_back({leading(metrics) + std::string(" ") + formatted("%.3f", *value), 0});
    if (blocks && state.history.size() > 1)
      parts.push_back({sparkline(state.history, kSparkCells), 2});
  }
  if (const auto value = find(metrics, "completions/mean_length"))
    parts.push_back({"length " + formatted("%.1f", *value), 3});
  auto speed = find(metrics, "perf/rollout_tokens_per_s");
  if (!speed) speed = find(metrics, "perf/train_tokens_per_s");
  if (speed) parts.push_back({short_number(std::round(*speed)) + " tokens/s", 4});
  if (state.seconds_left) parts.push_back({duration(*state.seconds_left) + " left", 1});

  for (int rank = 4; rank >= 0; --rank) {
    std::size_t length = columns(text);
    for (const Part& part : parts) length += 2 + columns(part.text);
    if (length <= width) break;
    std::erase_if(parts, [&](const Part& part) { return part.rank == rank; });
  }
  for (const Part& part : parts) text += "  " + part.text;
  // Cut between characters, not within one.
  for (std::size_t end = text.size(); columns(text) > width; text.resize(end)) {
    do {
      --end;
    } while ((text[end] & 0xc0) == 0x80);
  }
  return text;
}

/// One stage's memory between its steps.
struct Progress::Stage {
  ProgressState state;
  Clock::time_point begin = Clock::now(), last_step = begin, last_line{};
  double seconds_a_step = 0;
  int reports = 0;
};

Progress::Progress(int fd)
    : fd_(fd),
      terminal_(::isatty(fd) && environment("TERM") != "dumb"),
      colour_(terminal_ && environment("NO_COLOR").empty()),
      blocks_(utf8_locale()) {}

Progress::~Progress() {
  if (line_open_) write("\n");
}

rl::Observer Progress::observer(const std::string& name) {
  const auto stage = std::make_shared<Stage>();
  stage->state.stage = name;
  return {[this, stage](std::int64_t done, std::int64_t total, const rl::Metrics& metrics) {
            step(*stage, done, total, metrics);
          },
          [this, name](const std::string& text) { note(name + ": " + text); }};
}

void Progress::step(Stage& stage, std::int64_t done, std::int64_t total,
                    const rl::Metrics& metrics) {
  const Clock::time_point now = Clock::now();
  ProgressState& state = stage.state;
  const std::int64_t before = state.done;
  state.done = done;
  state.total = total;
  state.metrics = metrics;
  if (const auto value = find(metrics, leading(metrics)); value && std::isfinite(*value)) {
    state.history.push_back(*value);
  }
  // The pace of the last steps: completions grow longer while they are learnt.
  const double seconds = std::chrono::duration<double>(now - stage.last_step).count();
  // The first step says nothing: it includes the start.
  const double weight = ++stage.reports <= 2 ? 1 : std::max(0.1, 1.0 / (stage.reports - 1));
  stage.seconds_a_step += weight * (seconds - stage.seconds_a_step);
  stage.last_step = now;
  const bool is_first = stage.reports == 1, is_last = done >= total;
  if (is_first || is_last) {
    state.seconds_left.reset();
  } else {
    state.seconds_left = stage.seconds_a_step * static_cast<double>(total - done);
  }
  if (terminal_) {
    if (is_last || is_first || now - last_draw_ >= kBetweenDraws) redraw(state);
    if (is_last) {
      write("\n");
      line_open_ = false;
    }
    return;
  }
  const bool tenth = total > 0 && before * 10 / total != done * 10 / total;
  if (!is_first && !is_last && !tenth && now - stage.last_line < kBetweenLines) return;
  stage.last_line = now;
  // History says nothing in a log that has the earlier lines.
  write(progress_line(state, 200, false) + "\n");
}

void Progress::redraw(const ProgressState& state) {
  last_draw_ = Clock::now();
  std::string line = progress_line(state, terminal_width(fd_) - 1, blocks_);
  const std::string name = printable(state.stage);
  if (colour_ && line.starts_with(name))
    line = "\x1b[1m" + name + "\x1b[0m" + line.substr(name.size());
  last_line_ = line;
  line_open_ = true;
  // One write: carriage return, the line without wrapping (a window may just have shrunk), erase
  // the rest. The cursor is never hidden: so a killed process leaves the terminal as it was.
  write("\r\x1b[?7l" + line + "\x1b[K\x1b[?7h");
}

void Progress::note(std::string_view text) {
  if (!line_open_) return write(printable(text) + "\n");
  write("\r\x1b[K" + printable(text) + "\n\x1b[?7l" + last_line_ + "\x1b[K\x1b[?7h");
}

void Progress::write(std::string_view text) const {
  // A closed terminal or pipe must not stop a run.
  while (!text.empty()) {
    const ssize_t n = ::write(fd_, text.data(), text.size());
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace hone::tools
