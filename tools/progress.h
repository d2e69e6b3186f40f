#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rl/stage.h"

namespace hone::tools {

/// What a progress line is made of.
struct ProgressState {
  std::string stage;
  std::int64_t done = 0;
  std::int64_t total = 0;
  rl::Metrics metrics;          // of the last step
  std::vector<double> history;  // of the figure that matters: reward, or loss
  std::optional<double> seconds_left;
};

/// The values as a row of at most `cells` block characters, the lowest one lowest.
std::string sparkline(const std::vector<double>& values, std::size_t cells);

/// The line's text, at most `width` columns: what matters least is left out first. Without `blocks`
/// there is no sparkline.
std::string progress_line(const ProgressState& state, std::size_t width, bool blocks);

/// Shows how a run goes on: on a terminal one line that is redrawn in place, elsewhere a plain line
/// now and then (the first and the last step, and every 10 s or tenth of the way).
class Progress {
 public:
  /// `fd` is standard output, if it is not given.
  explicit Progress(int fd = 1);
  /// Ends the line that is being redrawn.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// What a stage reports to. It may be used as long as this object lives.
  rl::Observer observer(const std::string& stage);

  /// Writes a sentence on a line of its own, above the line that is being redrawn.
  void note(std::string_view text);

 private:
  using Clock = std::chrono::steady_clock;
  struct Stage;

  void step(Stage& stage, std::int64_t done, std::int64_t total, const rl::Metrics& metrics);
  void redraw(const ProgressState& state);
  void write(std::string_view text) const;

  int fd_;
  bool terminal_, colour_, blocks_;
  bool line_open_ = false;  // the cursor stands at the end of a line to redraw
  std::string last_line_;
  Clock::time_point last_draw_{};
};

}  // namespace hone::tools
