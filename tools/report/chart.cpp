#include "tools/report/chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "tools/report/format.h"

namespace hone::tools {
namespace {

// In the SVG's own units, about a pixel on a phone and on a page of three columns.
constexpr double kWidth = 380, kHeight = 216;
constexpr double kLeft = 44, kRight = 10, kTop = 24, kBottom = 26, kGap = 8;
constexpr std::size_t kSmoothFrom = 40;  // points above which the noise is drawn faint
constexpr std::size_t kMostPoints = 400;

struct Range {
  double low, high;
  double place(double value, double from, double to) const {
    return from + (value - low) / (high - low) * (to - from);
  }
};

struct BandPlace {
  double x0, x1;
  Range steps;
};

std::string fixed(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

Range value_range(const Chart& chart) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const ChartBand& band : chart.bands) {
    for (const ChartLine& line : band.lines) {
      for (const auto& [step, value] : line.points) {
        low = std::min(low, value);
        high = std::max(high, value);
      }
    }
  }
  if (chart.unit == Unit::kShare && low >= 0 && high <= 1) return {0, 1};
  if (!(low <= high)) return {0, 1};
  if (low >= 0 && low <= 0.6 * high) low = 0;  // an axis from nought, unless it hides the curve
  if (low == high)
    return {low - std::max(1e-9, std::abs(low) / 10), high + std::max(1e-9, std::abs(high) / 10)};
  const double margin = 0.06 * (high - low);
  return {low == 0 ? 0 : low - margin, high + margin};
}

Range step_range(const ChartBand& band) {
  double low = std::numeric_limits<double>::infinity(), high = 1;
  for (const ChartLine& line : band.lines) {
    for (const auto& [step, value] : line.points) {
      low = std::min(low, step);
      high = std::max(high, step);
    }
  }
  // Most curves begin at 0, so that the ticks are round; a single point needs some width.
  return {low < 0.5 * high || low >= high ? std::min(0.0, low) : low, high};
}

/// Where each stage stands: wider for more steps, by the root, so that short ones stay readable.
std::vector<BandPlace> place_bands(const Chart& chart) {
  std::vector<BandPlace> places;
  double sum = 0;
  for (const ChartBand& band : chart.bands) {
    places.push_back({0, 0, step_range(band)});
    sum += std::sqrt(places.back().steps.high);
  }
  const auto n = static_cast<double>(chart.bands.size());
  const double room = kWidth - kLeft - kRight - kGap * (n - 1);
  const double least = 0.6 / n;  // of the room
  double x = kLeft;
  for (BandPlace& place : places) {
    const double share = least + (1 - 0.6) * std::sqrt(place.steps.high) / sum;
    place.x0 = x;
    place.x1 = x + share * room;
    x = place.x1 + kGap;
  }
  return places;
}

std::string text_at(double x, double y, const char* anchor, const char* css,
                    const std::string& text) {
  return "<text x=\"" + fixed(x) + "\" y=\"" + fixed(y) + "\" text-anchor=\"" + anchor +
         "\" class=\"" + css + "\">" + escape_html(text) + "</text>";
}

std::string rule(double x0, double y0, double x1, double y1, const char* css) {
  return "<path class=\"" + std::string(css) + "\" d=\"M" + fixed(x0) + " " + fixed(y0) + "L" +
         fixed(x1) + " " + fixed(y1) + "\"/>";
}

std::string tick_label(double value, Unit unit) {
  return unit == Unit::kShare ? short_number(100 * value) + "%"
                              : short_number(std::abs(value) < 1e-12 ? 0 : value);
}

/// The label, cut to the width of its band.
std::string fit(const std::string& label, double width) {
  const auto room = static_cast<std::size_t>(std::max(3.0, width / 6.3));
  return label.size() <= room ? label : label.substr(0, room - 2) + "..";
}

std::string draw_curve(const ChartLine& line, const BandPlace& place, const Range& values) {
  const double bottom = kHeight - kBottom;
  const auto path = [&](const Curve& points, const char* css) {
    std::string d;
    for (const auto& [step, value] : points) {
      d += (d.empty() ? "M" : "L") + fixed(place.steps.place(step, place.x0, place.x1)) + " " +
           fixed(values.place(value, bottom, kTop));
    }
    return "<path class=\"" + std::string(css) + " r" + std::to_string(line.run) + "\" d=\"" + d +
           "\"/>";
  };
  const Curve& points = line.points;
  if (points.size() > kSmoothFrom) {
    return path(thin(points, kMostPoints), "faint") +
           path(thin(smooth(points, points.size() / 40 + 1), kMostPoints), "line");
  }
  std::string svg = path(points, "line");
  if (points.size() > 12) return svg;
  for (const auto& [step, value] : points) {
    svg += "<circle class=\"dot r" + std::to_string(line.run) + "\" r=\"2.6\" cx=\"" +
           fixed(place.steps.place(step, place.x0, place.x1)) + "\" cy=\"" +
           fixed(values.place(value, bottom, kTop)) + "\"/>";
  }
  return svg;
}

}  // namespace

Curve smooth(const Curve& points, std::size_t window) {
  Curve result;
  std::vector<double> sums{0};
  for (const auto& [step, value] : points) sums.push_back(sums.back() + value);
  for (std::size_t i = 0; i < points.size(); ++i) {
    // Towards the ends the same, smaller reach on both sides, so that the mean does not lag behind
    // the curve; but never so small that the last point is noise alone.
    const std::size_t last = points.size() - 1 - i;
    const std::size_t reach = std::max(std::min({window, i, last}), window / 2);
    const std::size_t from = i - std::min(i, reach), to = i + std::min(last, reach) + 1;
    result.emplace_back(points[i].first, (sums[to] - sums[from]) / static_cast<double>(to - from));
  }
  return result;
}

Curve thin(const Curve& points, std::size_t most) {
  if (points.size() <= most) return points;
  const std::size_t stretches = std::max<std::size_t>(1, most / 2);
  Curve result;
  for (std::size_t i = 0; i < stretches; ++i) {
    const auto from = points.begin() + static_cast<std::ptrdiff_t>(i * points.size() / stretches);
    const auto to =
        points.begin() + static_cast<std::ptrdiff_t>((i + 1) * points.size() / stretches);
    auto [low, high] = std::minmax_element(
        from, to, [](const auto& a, const auto& b) { return a.second < b.second; });
    if (low > high) std::swap(low, high);
    result.push_back(*low);
    if (low != high) result.push_back(*high);
  }
  return result;
}

std::string draw_chart(const Chart& chart) {
  const double bottom = kHeight - kBottom;
  const Range values = value_range(chart);
  const std::vector<BandPlace> places = place_bands(chart);
  std::string svg = "<svg viewBox=\"0 0 " + fixed(kWidth) + " " + fixed(kHeight) +
                    "\" role=\"img\" aria-label=\"" + escape_html(chart.title) + " over steps\">";
  for (const BandPlace& place : places) {
    svg += "<rect class=\"band\" x=\"" + fixed(place.x0) + "\" y=\"" + fixed(kTop) + "\" width=\"" +
           fixed(place.x1 - place.x0) + "\" height=\"" + fixed(bottom - kTop) + "\"/>";
  }
  for (const double tick : round_ticks(values.low, values.high, 5)) {
    const double y = values.place(tick, bottom, kTop);
    for (const BandPlace& place : places) svg += rule(place.x0, y, place.x1, y, "gridline");
    svg += text_at(kLeft - 6, y + 3.5, "end", "tick", tick_label(tick, chart.unit));
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    const BandPlace& place = places[i];
    const double width = place.x1 - place.x0;
    svg += rule(place.x0, bottom, place.x1, bottom, "axis");
    for (const double tick : round_ticks(place.steps.low, place.steps.high,
                                         std::max(2, static_cast<int>(width / 48)))) {
      const double x = place.steps.place(tick, place.x0, place.x1);
      svg += rule(x, bottom, x, bottom + 3, "axis");
      // Labels at a band's edges lean inwards, so that neighbours never touch.
      const char* anchor = x < place.x0 + 8 ? "start" : x > place.x1 - 12 ? "end" : "middle";
      svg += text_at(x, bottom + 15, anchor, "tick", short_number(tick));
    }
    svg += "<g><title>" + escape_html(chart.bands[i].label) + "</title>" +
           text_at(place.x0 + 1, kTop - 7, "start", "stage", fit(chart.bands[i].label, width)) +
           "</g>";
    for (const ChartLine& line : chart.bands[i].lines) svg += draw_curve(line, place, values);
  }
  svg += text_at(kLeft - 10, bottom + 15, "end", "tick", "step");
  return svg + "<path class=\"cursor\" d=\"\"/></svg>";
}

std::string chart_data(const Chart& chart) {
  const std::vector<BandPlace> places = place_bands(chart);
  auto data = nlohmann::json::array();
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto lines = nlohmann::json::array();
    for (const ChartLine& line : chart.bands[i].lines) {
      auto points = nlohmann::json::array();
      for (const auto& [step, value] : thin(line.points, kMostPoints)) {
        // 5 digits are more than a tooltip shows: the file stays small.
        char text[32];
        std::snprintf(text, sizeof text, "%.5g", value);
        points.push_back({step, std::strtod(text, nullptr)});
      }
      lines.push_back({line.run, points});
    }
    data.push_back({chart.bands[i].label, places[i].x0, places[i].x1, places[i].steps.low,
                    places[i].steps.high, lines});
  }
  return data.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace hone::tools
