#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/report/run_data.h"

namespace hone::tools {

/// One run's curve in a band. `run` chooses the colour.
struct ChartLine {
  std::size_t run = 0;
  Curve points;
};

/// One stage's part of a chart, with its own axis of steps.
struct ChartBand {
  std::string label;
  std::vector<ChartLine> lines;
};

enum class Unit { kNumber, kShare };

/// A metric over all stages that have it, side by side on one vertical axis.
struct Chart {
  std::string title;
  std::string note;  // what the axis counts: "tokens", "nats a token"
  Unit unit = Unit::kNumber;
  std::vector<ChartBand> bands;
};

/// The chart as inline SVG, coloured by the page's CSS.
std::string draw_chart(const Chart& chart);

/// The points drawn, as JSON for the hover script: [[label, x0, x1, step0, step1, [[run, [[step,
/// value],
/// ...]], ...]], ...], x in the SVG's own units.
std::string chart_data(const Chart& chart);

/// The mean of the points within `window` around each.
Curve smooth(const Curve& points, std::size_t window);

/// At most about `most` points that keep the shape: the lowest and highest of each stretch.
Curve thin(const Curve& points, std::size_t most);

}  // namespace hone::tools
